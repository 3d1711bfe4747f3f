#include "conformance/reports/report.h"

#include <catch2/catch.hpp>

namespace bulkhead::conformance {
namespace {

Report report_with(Verdict verdict) {
  std::vector<std::string> reasons;
  if (verdict != Verdict::passed) reasons = {"expected 1, seen <2> # 3"};
  return {.date = "2026-11-28",
          .kernel = "6.1",
          .runtimes = {{.path = "/usr/bin/crun",
                        .family = "crun",
                        .version = "1.8.1",
                        .results = {{.name = "a.b", .verdict = verdict, .reasons = reasons}}}}};
}

std::vector<Case> cases() {
  return {{.name = "a.b",
           .about = "it does",
           .source = {.level = Level::must, .place = "s", .sentence = "It MUST."}}};
}

TEST_CASE("results as JSON are read back whole") {
  const Report report = report_with(Verdict::failed);
  const auto back = read_report(to_json(report), "r");
  REQUIRE(back);
  CHECK(to_json(*back) == to_json(report));
  CHECK(has_failures(*back));
}

TEST_CASE("how long it took is told, with the longest case; a report does not hold it") {
  using std::chrono::milliseconds;
  Report report = report_with(Verdict::passed);
  RuntimeResults& runtime = report.runtimes.front();
  const std::string before = to_json(report);
  runtime.took = milliseconds(12'340);
  runtime.results.front().took = milliseconds(250);
  runtime.results.push_back({.name = "a.c", .took = milliseconds(960)});
  CHECK(time_text(runtime) == "2 cases in 12.3 s, the longest of them 1.0 s: a.c");
  runtime.results.pop_back();
  CHECK(to_json(report) == before);
  CHECK(time_text({}) == "no cases");
}

TEST_CASE("what changed between two results is told case by case") {
  const auto lines = changes(report_with(Verdict::failed), report_with(Verdict::passed));
  CHECK(lines == std::vector<std::string>{"crun 1.8.1: a.b: passed, was failed with crun 1.8.1"});
  CHECK(changes(report_with(Verdict::known), report_with(Verdict::known)).empty());
}

TEST_CASE("TAP says not ok only where a MUST fails, and why") {
  CHECK(to_tap(report_with(Verdict::passed), cases()) ==
        "TAP version 13\n1..1\nok 1 - crun 1.8.1: a.b: it does\n");
  CHECK(to_tap(report_with(Verdict::failed), cases()) ==
        "TAP version 13\n1..1\nnot ok 1 - crun 1.8.1: a.b: it does\n"
        "  ---\n  level: \"MUST\"\n  source: \"s\"\n  sentence: \"It MUST.\"\n"
        "  verdict: \"failed\"\n  reasons:\n    - \"expected 1, seen <2> # 3\"\n  ...\n");
  CHECK_THAT(
      to_tap(report_with(Verdict::known), cases()),
      Catch::Contains("not ok 1 - crun 1.8.1: a.b: it does # TODO expected 1, seen <2>   3"));
  CHECK_THAT(to_tap(report_with(Verdict::could_not), cases()), Catch::Contains("it does # SKIP "));
  CHECK_THAT(to_tap(report_with(Verdict::different), cases()), Catch::Contains("\nok 1 - "));
}

TEST_CASE("a page shows each case with its sentence, and escapes what was seen") {
  const std::string page = to_html(report_with(Verdict::failed), cases());
  CHECK_THAT(page, Catch::Contains("seen &lt;2&gt;"));
  CHECK_THAT(page, Catch::Contains("It MUST."));
  CHECK_THAT(page, Catch::Contains("<th scope=\"col\">crun 1.8.1</th>"));
}

TEST_CASE("the table for documents has what did not pass and nothing else") {
  CHECK_THAT(to_markdown(report_with(Verdict::failed), cases()),
             Catch::Contains("| `a.b` | MUST | failed |"));
  CHECK_THAT(to_markdown(report_with(Verdict::passed), cases()), !Catch::Contains("| `a.b` |"));
}

}  // namespace
}  // namespace bulkhead::conformance
