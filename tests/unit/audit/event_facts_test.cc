#include "audit/events/event_facts.h"

#include <catch2/catch.hpp>

#include "base/times.h"
#include "policy/decide/refusals.h"

namespace bulkhead::audit {
namespace {

TEST_CASE("an event as it is written is read back, of every kind") {
  for (const EventKind kind : {EventKind::admitted, EventKind::changed, EventKind::refused,
                               EventKind::observed, EventKind::proved, EventKind::installed,
                               EventKind::proof_failed, EventKind::removed, EventKind::new_call}) {
    const Event event{.kind = kind, .stage = "shim create", .identity = {.id = "c1"}};
    const auto facts = parse_event_facts(to_json(event, base::utc_now()));
    REQUIRE(facts.has_value());
    CHECK(facts->kind == kind);
    CHECK(facts->stage == "shim create");
    CHECK(facts->failed_checks.empty());
  }
}

TEST_CASE("the reasons of a refusal are its findings that are errors, each once") {
  Event event{.kind = EventKind::refused, .stage = "hook createRuntime"};
  event.findings = {{.severity = policy::Severity::error, .check = "seccomp-unset"},
                    {.severity = policy::Severity::warning, .check = "unknown-members"},
                    {.severity = policy::Severity::error, .check = "non-root-required"},
                    {.severity = policy::Severity::error, .check = "seccomp-unset"}};
  const auto facts = parse_event_facts(to_json(event, base::utc_now())).value();
  CHECK(facts.failed_checks == std::vector<std::string>{"seccomp-unset", "non-root-required"});
}

TEST_CASE("what is no event is an error that says so") {
  struct {
    const char* line;
    const char* says;
  } const rows[] = {
      {"", "events.jsonl"},
      {"not json", "events.jsonl"},
      {"[]", "must be an object"},
      {"{}", "no known event: ''"},
      {R"({"event":"admited"})", "no known event: 'admited'"},
      {R"({"event":1})", "no known event"},
  };
  for (const auto& row : rows) {
    INFO(row.line);
    const auto facts = parse_event_facts(row.line);
    REQUIRE_FALSE(facts.has_value());
    CHECK(facts.error().code == base::ErrorCode::invalid_input);
    CHECK_THAT(facts.error().message, Catch::Contains(row.says));
  }
}

TEST_CASE("members that are not as expected are left out") {
  const auto facts = parse_event_facts(
      R"({"event":"refused","stage":1,"findings":[1,{},{"severity":"error"}],"new":{}})");
  REQUIRE(facts.has_value());
  CHECK(facts->stage.empty());
  CHECK(facts->failed_checks == std::vector<std::string>{""});
  CHECK(parse_event_facts(R"({"event":"refused","findings":{}})")->failed_checks.empty());
}

}  // namespace
}  // namespace bulkhead::audit
