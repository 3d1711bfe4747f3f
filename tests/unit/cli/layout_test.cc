#include "cli/screen/layout.h"

#include <catch2/catch.hpp>
#include <sstream>

using namespace bulkhead::cli;

namespace {

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, display_width(line));
  return widest;
}

}  // namespace

TEST_CASE("text is broken at spaces and never beyond the width") {
  CHECK(wrap("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("", 10) == std::vector<std::string>{""});
  CHECK(wrap("a\nb", 10) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a word wider than the line is cut, at a bar between flags where there is one") {
  CHECK(wrap("abcdefgh", 3) == std::vector<std::string>{"abc", "def", "gh"});
  CHECK(wrap("ONE|TWO|THREE", 9) == std::vector<std::string>{"ONE|TWO|", "THREE"});
}

TEST_CASE("a name wider than its column is broken at its separators") {
  CHECK(wrap("shop/checkout-7d4b9c/app", 12) ==
        std::vector<std::string>{"shop/", "checkout-", "7d4b9c/app"});
  CHECK(wrap("/abcdefgh", 4) == std::vector<std::string>{"/abc", "defg", "h"});
}

TEST_CASE("width counts code points, not bytes, and cuts between them") {
  CHECK(display_width("…→é") == 3);
  CHECK(wrap("ééé", 2) == std::vector<std::string>{"éé", "é"});
}

TEST_CASE("a paragraph is indented on every line") {
  CHECK(paragraph("word", 4) == "    word\n");
  CHECK(widest_line(paragraph(std::string(500, 'x'), 4)) == kScreenColumns);
}

TEST_CASE("a table fits 80 columns whatever its cells hold") {
  const Output output;
  Table table({"NAME", "VALUE", "FROM"});
  table.row({{std::string(200, 'n')}, {std::string(10, 'v')}, {"one two three four five"}});
  table.row({{"short"}, {std::string(120, ' ') + "x"}, {std::string(90, 'f')}});
  CHECK(widest_line(table.text(output)) <= kScreenColumns);
}

TEST_CASE("a table takes the width of its terminal, more than 80 columns or fewer") {
  for (const std::size_t columns : {50UL, 80UL, 160UL}) {
    const Output output(false, columns);
    Table table({"NAME", "WHY"});
    table.heading(std::string(300, 'h'));
    table.row({{std::string(300, 'n')}, {std::string(300, 'w')}});
    CHECK(widest_line(table.text(output)) == columns);
  }
}

TEST_CASE("a table lines its columns up and leaves no spaces at the end of a line") {
  const Output output;
  Table table({"A", "LONGER"});
  table.row({{"value"}, {"x"}});
  CHECK(table.text(output) == "A      LONGER\nvalue  x\n");
}

TEST_CASE("colour does not move the columns of a table") {
  const Output colour(true);
  Table table({"A", "B"});
  table.row({{"x", Style::bad}, {"y"}});
  CHECK(table.text(colour) == "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n\x1b[31mx\x1b[0m  y\n");
}
