#include "cli/screen/readable_diff.h"

#include <catch2/catch.hpp>
#include <random>
#include <sstream>

namespace bulkhead::cli {
namespace {

TEST_CASE("equal texts have no difference") { CHECK(readable_diff("a\n", "a\n", "x").empty()); }

TEST_CASE("a difference is shown with three lines around it") {
  CHECK(readable_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
                      "config.json") ==
        "--- config.json\n+++ config.json\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST_CASE("differences far apart are separate hunks") {
  std::string before;
  for (int i = 0; i < 30; ++i) before += std::to_string(i) + "\n";
  std::string after = before;
  after.replace(after.find("5\n"), 2, "x\n");
  after.replace(after.find("25\n"), 3, "");
  CHECK(readable_diff(before, after, "f") ==
        "--- f\n+++ f\n@@ -3,7 +3,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n"
        "@@ -23,7 +23,6 @@\n 22\n 23\n 24\n-25\n 26\n 27\n 28\n");
}

TEST_CASE("documents on one line are shown one member per line") {
  CHECK(readable_diff(R"({"a":1,"b":{"c":[]}})", R"({"a":1,"b":{"c":[],"d":"\u00e4"}})", "f") ==
        "--- f\n+++ f\n@@ -1,6 +1,7 @@\n {\n   \"a\": 1,\n   \"b\": {\n-    \"c\": []\n"
        "+    \"c\": [],\n+    \"d\": \"\\u00e4\"\n   }\n }\n");
}

TEST_CASE("an exact difference leaves documents as they are, and tells a last line without end") {
  CHECK(exact_diff("{}", "{\"a\": 1}", "f") ==
        "--- f\n+++ f\n@@ -1,1 +1,1 @@\n-{}\n\\ No newline at end of file\n"
        "+{\"a\": 1}\n\\ No newline at end of file\n");
  CHECK(exact_diff("a", "a\n", "f") ==
        "--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n");
  CHECK(exact_diff("a\n", "a\n", "f").empty());
}

TEST_CASE("text that could move a terminal's cursor is made visible") {
  CHECK(readable_diff("a\n\n", "'\\\x7f\xc2\x9b\n\n", "f") ==
        "--- f\n+++ f\n@@ -1,2 +1,2 @@\n-a\n+'\\\\x7f\\xc2\\x9b\n \n");
}

// Applies the lines of a difference, so that what is shown is what is so.
std::string applied(const std::string& before, const std::string& difference) {
  std::vector<std::string> lines;
  std::istringstream in(before);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::string after;
  std::size_t at = 0;
  std::istringstream hunks(difference);
  for (std::string line; std::getline(hunks, line);) {
    if (line.starts_with("---") || line.starts_with("+++")) continue;
    if (line.starts_with("@@")) {
      std::size_t start = std::stoul(line.substr(line.find('-') + 1));
      if (line.find(",0 +") == std::string::npos) --start;
      while (at < start) after += lines.at(at++) + "\n";
      continue;
    }
    if (line[0] != '+') REQUIRE(lines.at(at++) == line.substr(1));
    if (line[0] != '-') after += line.substr(1) + "\n";
  }
  while (at < lines.size()) after += lines[at++] + "\n";
  return after;
}

TEST_CASE("a difference, applied to the one text, gives the other") {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    const auto text = [&] {
      std::string lines = "\n\n";
      for (auto left = random() % 12; left > 0; --left)
        lines += std::to_string(random() % 3) + "\n";
      return lines;
    };
    const std::string before = text();
    const std::string after = text();
    CAPTURE(before, after);
    CHECK(applied(before, readable_diff(before, after, "f")) == after);
  }
}

TEST_CASE("texts that share nothing are shown as replaced, in bounded time") {
  std::string before = "\n";
  std::string after = "\n";
  for (int i = 0; i < 3000; ++i) {
    before += "a" + std::to_string(i) + "\n";
    after += "b" + std::to_string(i) + "\n";
  }
  CHECK(applied(before, readable_diff(before, after, "f")) == after);
}

}  // namespace
}  // namespace bulkhead::cli
