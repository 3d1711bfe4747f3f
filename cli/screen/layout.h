// Text for a screen: width, wrapping and tables.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/screen/output.h"

namespace bulkhead::cli {

// Columns that UTF-8 text takes: one for each code point. Wide and combining characters are not
// told apart; untrusted text is quoted before it comes here.
[[nodiscard]] std::size_t display_width(std::string_view text);

// Breaks text at spaces into lines of at most `width` columns; a longer word at the separators of
// names and paths ('/', '-', '.', …), and is cut where it must be. Line breaks in the text are
// kept. Never empty: "" gives one empty line.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

// The text wrapped to 80 columns, each line after `indent` spaces, with a final newline.
[[nodiscard]] std::string paragraph(std::string_view text, std::size_t indent = 0);

struct Cell {
  std::string text;
  Style style = Style::plain;
};

// A table with a header. Columns are as wide as their content; where that does not fit the output,
// the widest columns give way and their cells are wrapped.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
  void row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  // A line over the whole width, for the rows that follow.
  void heading(std::string text) { rows_.push_back({{std::move(text), Style::bold}}); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string text(const Output& output) const;

 private:
  [[nodiscard]] bool is_heading(const std::vector<Cell>& cells) const {
    return cells.size() == 1 && header_.size() > 1;
  }
  [[nodiscard]] std::vector<std::size_t> column_widths(std::size_t columns) const;
  std::vector<std::string> header_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace bulkhead::cli
