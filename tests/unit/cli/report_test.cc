#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <string>

#include "cli/report/controls.h"
#include "cli/report/node_report.h"
#include "oci-config/json.h"

namespace bulkhead::cli {
namespace {

ReportedContainer proved(const std::string& name) {
  return {.name = name,
          .engine = "podman",
          .image = "shop/web:1",
          .seccomp = "runtime/default",
          .apparmor = "bulkhead-default",
          .no_new_privileges = true,
          .state = "proved",
          .proof = "same-program",
          .time = "2026-11-28T07:00:00.000Z",
          .program = "ab12",
          .now = "holds",
          .sentence = {}};
}

NodeReport good_node() {
  NodeReport report{.host = "node-1", .kernel = "6.1", .version = "0.1.0"};
  report.time = "2026-11-28T08:00:00.000Z";
  report.mode = "enforce";
  report.prove = "always";
  report.containers = {proved("a"), proved("b")};
  report.denials_recorded = {"denials", Light::good, "recorded and told"};
  return report;
}

ControlAnswer answer_to(std::string_view number, const NodeReport& report) {
  for (const ControlAnswer& answer : control_answers(report)) {
    if (answer.control->number == number) return answer;
  }
  FAIL("no such control");
  return {};
}

TEST_CASE("a node where every container was proved and holds is in order") {
  CHECK(is_in_order(good_node()));
  CHECK(summary_of(good_node()) ==
        "2 of 2 containers proved before the first instruction, 0 exemptions, 0 refusals, 0 "
        "denials, no drift");
}

TEST_CASE("a node is not in order where something is unproved, drifted, unknown or only observed") {
  NodeReport report = good_node();
  SECTION("unproved") { report.containers[0].state = "unproved"; }
  SECTION("drifted") { report.drift = {"x"}; }
  SECTION("unknown") { report.unknown = {"x"}; }
  SECTION("past Bulkhead") { report.unrecorded = {"x"}; }
  SECTION("an engine past Bulkhead") { report.uncovered = {"docker"}; }
  SECTION("observed") { report.mode = "observe"; }
  CHECK_FALSE(is_in_order(report));
}

TEST_CASE("a control is met where every container answers it, and names those that do not") {
  NodeReport report = good_node();
  CHECK(answer_to("5.22", report).standing == ControlStanding::met);
  report.containers[1].seccomp = "unconfined";
  const ControlAnswer partly = answer_to("5.22", report);
  CHECK(name_of(partly.standing) == "partly");
  CHECK(partly.evidence == "1 of 2 have a seccomp filter; not: b");
  report.containers[0].seccomp = "unknown";
  CHECK(answer_to("5.22", report).standing == ControlStanding::not_met);
  report.containers.clear();
  CHECK(answer_to("5.22", report).standing == ControlStanding::no_evidence);
}

TEST_CASE("a container past Bulkhead keeps every control of containers from being met") {
  NodeReport report = good_node();
  report.unrecorded = {"process 7 'sh'"};
  CHECK(answer_to("5.2", report).standing == ControlStanding::partly);
}

TEST_CASE("an engine that need not pass through Bulkhead keeps controls from being met, by name") {
  NodeReport report = good_node();
  report.uncovered = {"docker"};
  const ControlAnswer answer = answer_to("5.22", report);
  CHECK(answer.standing == ControlStanding::partly);
  CHECK(answer.evidence == "2 of 2 have a seccomp filter; those of docker may start past Bulkhead");
}

TEST_CASE("denials are recorded where status says so, and the control says it in its words") {
  NodeReport report = good_node();
  CHECK(answer_to("4.4.4", report).standing == ControlStanding::met);
  CHECK(report_json(report).contains("\"denials_recorded\":true"));
  report.denials_recorded = {"denials", Light::note, "not all are recorded: see logging"};
  CHECK(answer_to("4.4.4", report).standing == ControlStanding::partly);
  CHECK(answer_to("4.4.4", report).evidence ==
        "0 kinds of refusals and denials listed; denials: not all are recorded: see logging");
  CHECK(report_json(report).contains("\"denials_recorded\":false"));
}

TEST_CASE("a start that was only observed is no proof") {
  NodeReport report = good_node();
  report.containers[0].state = report.containers[1].state = "observed";
  CHECK(answer_to("4.4.3", report).standing == ControlStanding::not_met);
}

TEST_CASE("each control is named once, with a source and a title") {
  std::set<std::string> seen;
  for (const Control& control : controls()) {
    CHECK_FALSE(control.source.empty());
    CHECK_FALSE(control.title.empty());
    CHECK(seen.insert(std::string(control.source) + ' ' + std::string(control.title)).second);
  }
}

// Rows of the page's table: a source stands in its first row only.
TEST_CASE("docs/how-to/evidence.md has each control, in the report's order") {
  std::ifstream page("docs/how-to/evidence.md");
  std::string source, line;
  auto wanted = controls().begin();
  while (std::getline(page, line) && wanted != controls().end()) {
    const std::string title = wanted->number.empty()
                                  ? std::string(wanted->title)
                                  : std::string(wanted->number) + ' ' + std::string(wanted->title);
    if (line.find("| " + title + " |") == std::string::npos) continue;
    if (!line.starts_with("| |")) source = line.substr(2, line.find(" |", 2) - 2);
    CHECK(source == wanted->source);
    ++wanted;
  }
  CHECK(wanted == controls().end());
}

TEST_CASE("a hostile name is text in the page, wherever it stands") {
  constexpr std::string_view kHostile = "</title><script>alert(\"x\")</script>&'<img src=x>";
  const std::string name(kHostile);
  NodeReport report = good_node();
  report.host = report.kernel = report.since = name;
  report.doors = {{name, Light::bad, name}};
  report.not_covered = report.unrecorded = report.drift = report.unknown = {name};
  report.containers[0] = {.name = name,
                          .engine = name,
                          .image = name,
                          .seccomp = name,
                          .apparmor = name,
                          .state = name,
                          .proof = name,
                          .time = name,
                          .program = name,
                          .now = name,
                          .sentence = name};
  report.exemptions = {{name, name, name, name, {name}}};
  report.refusals = report.denials = {{1, name, name, name, name}};
  const std::string page = report_html(report);
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("<img") == std::string::npos);
  CHECK(page.find("&lt;script&gt;alert(&quot;x&quot;)") != std::string::npos);
}

TEST_CASE("the report as JSON has every container and control") {
  const auto parsed = oci_config::JsonDocument::parse(report_json(good_node()), {});
  REQUIRE(parsed);
  CHECK(parsed->find("/in_order")->boolean());
  CHECK(parsed->find("/containers/1/state")->string() == "proved");
  CHECK(parsed->find("/controls/0/number")->string() == "5.2");
}

}  // namespace
}  // namespace bulkhead::cli
