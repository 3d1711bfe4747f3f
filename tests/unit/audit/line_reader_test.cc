#include "audit/events/line_reader.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

namespace bulkhead::audit {
namespace {

class Log {
 public:
  Log() {
    char name[] = "/tmp/bulkhead-lines-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~Log() { std::filesystem::remove_all(directory_); }
  [[nodiscard]] std::string path() const { return directory_ + "/log"; }
  void append(const std::string& text) const { std::ofstream(path(), std::ios::app) << text; }
  void rotate() const { std::filesystem::rename(path(), path() + ".1"); }

 private:
  std::string directory_;
};

using Lines = std::vector<std::string>;

Lines read_from(LineReader& reader) {
  Lines lines;
  REQUIRE(reader.read([&](std::string_view line) { lines.emplace_back(line); }).has_value());
  return lines;
}

TEST_CASE("each line is read once, when it is whole") {
  const Log log;
  LineReader reader(log.path());
  CHECK(read_from(reader).empty());
  log.append("one\ntw");
  CHECK(read_from(reader) == Lines{"one"});
  log.append("o\n\nthree\n");
  CHECK(read_from(reader) == Lines{"two", "three"});
  CHECK(read_from(reader).empty());
}

TEST_CASE("no line is lost or read twice when the log is rotated between two reads") {
  const Log log;
  LineReader reader(log.path());
  log.append("one\n");
  CHECK(read_from(reader) == Lines{"one"});
  log.append("two\n");
  log.rotate();
  CHECK(read_from(reader) == Lines{"two"});
  log.append("three\n");
  CHECK(read_from(reader) == Lines{"three"});
  log.append("four\n");
  log.rotate();
  log.append("five\n");
  CHECK(read_from(reader) == Lines{"four", "five"});
}

TEST_CASE("what was there before is skipped, what comes after it is not") {
  const Log log;
  log.append("old\n");
  LineReader reader(log.path());
  REQUIRE(reader.skip_what_is_there().has_value());
  CHECK(read_from(reader).empty());
  log.append("new\n");
  CHECK(read_from(reader) == Lines{"new"});
}

TEST_CASE("a log that appears after the skip is read from its beginning") {
  const Log log;
  LineReader reader(log.path());
  REQUIRE(reader.skip_what_is_there().has_value());
  log.append("first\n");
  CHECK(read_from(reader) == Lines{"first"});
}

}  // namespace
}  // namespace bulkhead::audit
