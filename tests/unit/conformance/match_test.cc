#include "conformance/values/match.h"

#include <catch2/catch.hpp>
#include <string>

namespace bulkhead::conformance {
namespace {

using oci_config::JsonDocument;

JsonDocument parsed(std::string text) { return *JsonDocument::parse(std::move(text), {}); }

bool matches(std::string expected, std::string seen) {
  const JsonDocument want = parsed(std::move(expected));
  const JsonDocument saw = parsed(std::move(seen));
  return !mismatch(want.root(), saw.root());
}

struct Row {
  const char* expected;
  const char* seen;
  bool match;
};

TEST_CASE("an expectation says only what matters, and what it says must be so") {
  constexpr Row kRows[] = {
      {R"({"a": 1})", R"({"a": 1, "b": 2})", true},
      {R"({"a": 1})", R"({"a": 2})", false},
      {R"({"a": 1})", R"({"b": 1})", false},
      {R"({"a": "1"})", R"({"a": 1})", false},
      {R"({"a": {"b": []}})", R"({"a": {"b": []}})", true},
      {R"({"a": null})", R"({"b": 1})", true},
      {R"({"a": null})", R"({"a": 1})", false},
      {R"([1, 2])", R"([1, 2])", true},
      {R"([1, 2])", R"([1, 2, 3])", false},
      {R"([1, 2])", R"([2, 1])", false},
      {R"({})", R"({"a": 1})", true},
  };
  for (const Row& row : kRows) {
    INFO(row.expected << " against " << row.seen);
    CHECK(matches(row.expected, row.seen) == row.match);
  }
}

TEST_CASE("words with a dollar sign say it otherwise") {
  constexpr Row kRows[] = {
      {R"({"$any": [1, 2]})", "2", true},
      {R"({"$any": [1, 2]})", "3", false},
      {R"({"$all": [{"a": 1}, {"b": 2}]})", R"({"a": 1, "b": 2})", true},
      {R"({"$all": [{"a": 1}, {"b": 2}]})", R"({"a": 1})", false},
      {R"({"$not": "a"})", R"("b")", true},
      {R"({"$not": "a"})", R"("a")", false},
      {R"({"$has": ["a", "c"]})", R"(["a", "b", "c"])", true},
      {R"({"$has": ["a", "d"]})", R"(["a", "b", "c"])", false},
      {R"({"$lacks": ["d"]})", R"(["a"])", true},
      {R"({"$lacks": ["a"]})", R"(["a"])", false},
      {R"({"$glob": "*x*"})", R"("axb")", true},
      {R"({"$glob": "*x*"})", R"("ab")", false},
      {R"({"$most": 5})", "5", true},
      {R"({"$most": 5})", "6", false},
      {R"({"a": {"$seen": true}})", R"({"a": 0})", true},
      {R"({"a": {"$seen": true}})", R"({})", false},
      {R"({"a": {"$seen": false}})", R"({})", true},
      {R"({"a": {"$any": ["x", null]}})", R"({})", true},
  };
  for (const Row& row : kRows) {
    INFO(row.expected << " against " << row.seen);
    CHECK(matches(row.expected, row.seen) == row.match);
  }
}

TEST_CASE("a mismatch names the place, what was expected and what was seen") {
  const JsonDocument want = parsed(R"({"status": {"Uid": "0"}, "x": 1})");
  const JsonDocument saw = parsed(R"({"status": {"Uid": "5"}})");
  const auto found = mismatch(want.root(), saw.root());
  REQUIRE(found);
  CHECK(found->where == "/status/Uid");
  CHECK(found->expected == "\"0\"");
  CHECK(found->seen == "\"5\"");
}

TEST_CASE("what is not there is told as nothing") {
  const JsonDocument want = parsed(R"({"a": {"b": 1}})");
  const JsonDocument saw = parsed(R"({"a": {}})");
  const auto found = mismatch(want.root(), saw.root());
  REQUIRE(found);
  CHECK(found->where == "/a/b");
  CHECK(found->seen == "nothing");
}

}  // namespace
}  // namespace bulkhead::conformance
