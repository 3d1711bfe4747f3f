#include "conformance/values/case.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/text.h"

namespace bulkhead::conformance {
namespace {

constexpr std::string_view kSource =
    R"("about": "a", "source": {"spec": "s", "level": "MUST", "sentence": "t"})";

base::Result<Case> with(std::string_view members) {
  return read_case(base::cat("{", kSource, members.empty() ? "" : ", ", members, "}"), "area.name");
}

std::string error_of(std::string_view members) {
  const auto read = with(members);
  return read ? "no error" : read.error().sentence();
}

TEST_CASE("a case without steps is created, started, looked at, ended and deleted") {
  const auto read = with(R"("inside": [{"call": "getpid"}])");
  REQUIRE(read);
  std::string steps;
  for (const Step& step : read->steps) steps += base::cat(name_of(step.kind), ' ');
  CHECK(steps == "create start observe end delete ");
  CHECK(read->source.level == Level::must);
}

TEST_CASE("a case that must not start is only created and started") {
  const auto read = with(R"("starts": false)");
  REQUIRE(read);
  CHECK(read->steps.size() == 2);
}

TEST_CASE("steps may fail, and say what they give") {
  const auto read =
      with(R"("steps": [{"do": "create"}, {"do": "kill", "words": ["KILL"], "fails": true}])");
  REQUIRE(read);
  CHECK(read->steps[1].fails);
  CHECK(read->steps[1].words == std::vector<std::string>{"KILL"});
}

TEST_CASE("a listener answers with a value or an errno, and is expected to receive something") {
  const auto value = with(R"("listener": {"answer": {"value": 42}, "gives": {"calls": []}})");
  REQUIRE(value);
  CHECK(value->listener->answer.value == 42);
  const auto error = with(R"("listener": {"answer": {"errno": "EPERM"}, "gives": {}})");
  REQUIRE(error);
  CHECK(error->listener->answer.error == 1);
}

struct Malformed {
  const char* members;
  const char* sentence;
};

TEST_CASE("a case that is wrong is refused with the place and what is wrong there") {
  constexpr Malformed kRows[] = {
      {R"("insde": [])", "/insde (line 1): this member is unknown; did you mean \"inside\"?"},
      {"", "this case checks nothing"},
      {R"("inside": {})", "/inside"},
      {R"("inside": [{}])", "/inside/0 (line 1): this does nothing"},
      {R"("inside": [{"call": "a", "gives": {"$eny": []}}])",
       "/inside/0/gives/$eny (line 1): this word of an expectation is unknown"},
      {R"("outside": {"status": {"$any": 1}})", "/outside/status/$any (line 1): this takes array"},
      {R"("outside": [])", "/outside"},
      {R"("steps": [{"do": "fly"}])", "/steps/0/do (line 1): the step 'fly' is unknown"},
      {R"("steps": [{"words": []}])", "/steps/0 (line 1): \"do\" is missing"},
      {R"("steps": [{"do": "create"}], "starts": false)", "\"starts\" stands beside \"steps\""},
      {R"("starts": "no")", "/starts"},
      {R"("starts": false, "files": [{"path": "../etc/passwd"}])",
       "/files/0/path (line 1): the path of a file begins with /"},
      {R"("starts": false, "files": [{"path": "/a", "mode": "9"}])",
       "/files/0/mode (line 1): a mode is octal digits"},
      {R"("starts": false, "edit": [{"set": 1}])", "/edit/0 (line 1): \"at\" is missing"},
      {R"("starts": false, "raw": [{"in": "/"}])", "/raw/0 (line 1): \"text\" is missing"},
      {R"("starts": false, "config": [])", "/config"},
      {R"("starts": false, "starts": true)", "starts"},
      {R"("listener": {"answer": {"value": 1}})", "/listener (line 1): \"gives\" is missing"},
      {R"("listener": {"answer": {"errno": "EFOO"}, "gives": {}})",
       "/listener/answer/errno (line 1): no errno is called 'EFOO'"},
      {R"("listener": {"answer": {"value": -1}, "gives": {}})", "/listener/answer/value"},
      {R"("listener": {"gives": {"$eny": []}})", "/listener/gives/$eny"},
  };
  for (const Malformed& row : kRows) {
    INFO(row.members);
    CHECK_THAT(error_of(row.members), Catch::Contains(row.sentence));
  }
}

TEST_CASE("a source has a place, a sentence and a level that is known") {
  const auto level = read_case(
      R"({"about": "a", "starts": false, "source": {"spec": "s", "level": "MAY", "sentence": "t"}})",
      "n");
  REQUIRE(!level);
  CHECK_THAT(level.error().sentence(), Catch::Contains("the level 'MAY' is unknown"));
  const auto place = read_case(
      R"({"about": "a", "starts": false, "source": {"level": "MUST", "sentence": "t"}})", "n");
  REQUIRE(!place);
  CHECK_THAT(place.error().sentence(), Catch::Contains("a source has no place"));
}

}  // namespace
}  // namespace bulkhead::conformance
