#include "cli/engines/engine_config_toml.h"

#include <catch2/catch.hpp>

using namespace bulkhead;
using namespace bulkhead::cli;

namespace {

TomlText parsed(const std::string& text) {
  auto config = TomlText::parse(text, "config.toml");
  REQUIRE(config);
  return std::move(*config);
}

const TomlString kWanted = {{"a", "b", "BinaryName"}, "/usr/bin/bulkhead-runc"};

// What installing makes of a text; taking it back must give the text again.
std::string edited(const std::string& text) {
  const auto after = parsed(text).with_string(kWanted);
  REQUIRE(after);
  CHECK(without_marked_edits(*after) == text);
  return *after;
}

}  // namespace

TEST_CASE("a string is added below its table's header, indented, and marked") {
  CHECK(edited("[a]\n  [a.b] # words\n    x = 1\n") ==
        "[a]\n  [a.b] # words\n    BinaryName = \"/usr/bin/bulkhead-runc\" # bulkhead: added\n"
        "    x = 1\n");
}

TEST_CASE("a file with the line ends of Windows keeps them, and gets none other") {
  CHECK(edited("[a.b]\r\nx = 1\r\n") ==
        "[a.b]\r\n  BinaryName = \"/usr/bin/bulkhead-runc\" # bulkhead: added\r\nx = 1\r\n");
  CHECK(edited("[a.b]\r\nBinaryName = 'x' # y\r\n") ==
        "[a.b]\r\nBinaryName = \"/usr/bin/bulkhead-runc\" # bulkhead: was 'x' # y\r\n");
}

TEST_CASE("added tables whose lines were given the ends of Windows are taken back") {
  const auto after = parsed("x = 1\n").with_tables("[a]\nb = 1\n");
  REQUIRE(after);
  std::string windows;
  for (const char letter : *after) windows += letter == '\n' ? "\r\n" : std::string(1, letter);
  CHECK(without_marked_edits(windows) == "x = 1\r\n");
}

TEST_CASE("what is no value is an error, not the end of the program") {
  for (const char* text : {"x = [}", "[engine]\nruntime = {]", "x = }"}) {
    CAPTURE(text);
    const auto config = TomlText::parse(text, "containers.conf");
    REQUIRE_FALSE(config);
    CHECK(config.error().code == base::ErrorCode::invalid_input);
    CHECK(config.error().message.starts_with("'containers.conf' is not valid TOML (line "));
  }
}

TEST_CASE("a string is added to a table whose header is the last line, without newline") {
  CHECK(edited("[a.b]") == "[a.b]\n  BinaryName = \"/usr/bin/bulkhead-runc\" # bulkhead: added");
}

TEST_CASE("a string is replaced where it stands, and what it was stays beside it") {
  CHECK(edited("[a.b]\nBinaryName = \"/bin/\\\"x\" # mine\n") ==
        "[a.b]\nBinaryName = \"/usr/bin/bulkhead-runc\" # bulkhead: was \"/bin/\\\"x\" # mine\n");
  CHECK(edited("[a.'b']\r\nBinaryName='crun'\r\n") ==
        "[a.'b']\r\nBinaryName=\"/usr/bin/bulkhead-runc\" # bulkhead: was 'crun'\r\n");
}

TEST_CASE("a string after letters of several bytes is found") {
  CHECK(edited("# für\n[a.b]\n\"ü\" = 'äöü'\nBinaryName = 'ü'\n").find("was 'ü'") !=
        std::string::npos);
}

TEST_CASE("a table that is not there is added at the end") {
  CHECK(edited("x = 1").starts_with("x = 1\n# bulkhead: begin\n[a.b]\n"));
  edited("");
  edited("[c]\n\n");
}

TEST_CASE("a string that is already so changes nothing") {
  const std::string text = "[a.b]\nBinaryName = '/usr/bin/bulkhead-runc'\n";
  CHECK(parsed(text).with_string(kWanted) == text);
}

TEST_CASE("forms that take no marked line are refused") {
  for (const char* text :
       {"a = { b = { x = 1 } }\n", "[a]\nb = { BinaryName = 'x' }\n", "[a]\nb.x = 1\n",
        "[a.b]\nBinaryName = 3\n", "[a.b]\nBinaryName = '''x'''\n"}) {
    CAPTURE(text);
    const auto after = parsed(text).with_string(kWanted);
    REQUIRE_FALSE(after);
    CHECK(after.error().code == base::ErrorCode::invalid_input);
    CHECK(after.error().message.find("config.toml") != std::string::npos);
  }
}

TEST_CASE("a text that is not TOML is refused with its line") {
  const auto config = TomlText::parse("x = 1\ny = \n", "config.toml");
  REQUIRE_FALSE(config);
  CHECK(config.error().code == base::ErrorCode::invalid_input);
  CHECK(config.error().message.find("'config.toml' is not valid TOML (line 2)") == 0);
}

TEST_CASE("a marked line that somebody changed keeps the change and loses the mark") {
  CHECK(without_marked_edits("k = \"/opt/x\" # bulkhead: was \"/bin/y\" # mine\n") ==
        "k = \"/opt/x\" # mine\n");
  CHECK(without_marked_edits("k = \"/opt/x\" # bulkhead: added\n") == "k = \"/opt/x\"\n");
}

TEST_CASE("marks that are cut anywhere are read without harm") {
  const std::string text = edited("[a.b]\nBinaryName = 'x'\n") + "\n# bulkhead: begin\n[q]\n";
  for (std::size_t size = 0; size <= text.size(); ++size)
    (void)without_marked_edits(text.substr(0, size));
}

TEST_CASE("a table is rendered under another name with what it had") {
  const TomlText config = parsed("[r.crun]\nroot = '/run/crun'\nlist = [1, 2]\npath = 'x'\n");
  const TomlText out = parsed(config.rendered({"r", "crun"}, {"r", "q.z"}, {{{"path"}, "y"}}));
  CHECK(out.string_at({"r", "q.z", "root"}) == "/run/crun");
  CHECK(out.string_at({"r", "q.z", "path"}) == "y");
  CHECK(out.has({"r", "q.z", "list"}));
  CHECK_FALSE(out.has({"r", "crun"}));
}
