#include "conformance/values/known.h"

#include <catch2/catch.hpp>

namespace bulkhead::conformance {
namespace {

TEST_CASE("versions are compared by their numbers") {
  CHECK(compare_versions("1.8.1", "1.21") < 0);
  CHECK(compare_versions("1.28", "1.8.1") > 0);
  CHECK(compare_versions("1.1.5+ds1", "1.1.5") == 0);
  CHECK(compare_versions("1.2.0-rc.1", "1.2.0") == 0);
}

RuntimeResults results_of(const std::string& version, Verdict verdict) {
  return {.family = "crun",
          .version = version,
          .results = {{.name = "seccomp.a", .verdict = verdict}, {.name = "other"}}};
}

const auto kKnown = read_known(
    R"([{"cases": "seccomp.*", "from": "1.8", "until": "1.21", "because": "a defect", "issue": "i"}])",
    "known");

TEST_CASE("a difference that is known is told with its reason") {
  auto results = results_of("1.8.1", Verdict::failed);
  apply_known(*kKnown, results);
  CHECK(results.results[0].verdict == Verdict::known);
  CHECK(results.results[0].reasons.front() == "known: a defect (i)");
  CHECK(results.results[1].verdict == Verdict::passed);
}

TEST_CASE("a known difference that is not there any more is told as vanished") {
  auto results = results_of("1.21", Verdict::passed);
  apply_known(*kKnown, results);
  CHECK(results.results[0].verdict == Verdict::vanished);
}

TEST_CASE("outside of its versions a known difference says nothing") {
  auto results = results_of("1.28", Verdict::failed);
  apply_known(*kKnown, results);
  CHECK(results.results[0].verdict == Verdict::failed);
}

TEST_CASE("what could not be tried has not vanished") {
  auto results = results_of("1.8.1", Verdict::could_not);
  apply_known(*kKnown, results);
  CHECK(results.results[0].verdict == Verdict::could_not);
}

TEST_CASE("a known difference without a reason is refused") {
  const auto known = read_known(R"([{"cases": "a"}])", "known");
  REQUIRE(!known);
  CHECK_THAT(known.error().sentence(), Catch::Contains("\"because\" is missing"));
}

}  // namespace
}  // namespace bulkhead::conformance
