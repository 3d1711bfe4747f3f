#include <catch2/catch.hpp>

#include "audit/events/event_reader.h"
#include "cli/events/event_query.h"
#include "cli/events/readiness.h"

namespace bulkhead::cli {
namespace {

using audit::Event;
using audit::EventKind;

Event event(EventKind kind, const std::string& container, const std::string& message = {}) {
  return {.kind = kind,
          .time = "2026-11-28T07:00:00.000Z",
          .stage = "shim create",
          .identity = {.id = "4f1c2ab3",
                       .namespace_ = "shop",
                       .pod = "web",
                       .container = container,
                       .image = "shop/web:1"},
          .seccomp = "runtime/default",
          .message = message};
}

TEST_CASE("a query asks by container, namespace, time, kind and whether something joined") {
  const Event refused = event(EventKind::refused, "app");
  CHECK(matches({}, refused));
  CHECK(matches({.container = "shop/web", .namespace_ = "shop", .kinds = {EventKind::refused}},
                refused));
  CHECK_FALSE(matches({.container = "other"}, refused));
  CHECK_FALSE(matches({.namespace_ = "other"}, refused));
  CHECK_FALSE(matches({.since = "2026-11-28T07:01"}, refused));
  CHECK_FALSE(matches({.kinds = {EventKind::changed}}, refused));
  CHECK_FALSE(matches({.exec = true}, refused));
  Event joined = refused;
  joined.stage = "shim exec";
  CHECK(matches({.exec = true}, joined));
}

TEST_CASE(
    "why it came to an event is its message, else its reasons, else where the filter is from") {
  Event changed = event(EventKind::changed, "app");
  CHECK(why_text(changed) == "runtime/default");
  changed.reasons = {{"seccomp", "no profile is asked for", ""}, {"seccomp", "kept", "the owner"}};
  CHECK(why_text(changed) == "no profile is asked for; kept (the owner)");
  changed.message = "a sentence";
  CHECK(why_text(changed) == "a sentence");
}

TEST_CASE("events that say the same of one container are one group, and each is in the sums") {
  EventSummary summary;
  for (int i = 0; i < 3; ++i) summary.add(event(EventKind::refused, "app", "no"));
  summary.add(event(EventKind::refused, "other", "no"));
  summary.add(event(EventKind::proved, "app"));
  REQUIRE(summary.groups().size() == 3);
  CHECK(summary.totals() == "4 refused, 1 proved");
}

TEST_CASE("an event that is read back is the one that was written") {
  Event written = event(EventKind::observed, "app", "would change nothing");
  written.apparmor = "bulkhead-default";
  written.user = "1:2";
  written.reasons = {{"seccomp", "a", "b"}};
  written.findings = {{policy::Severity::error, "check", "/a", "m", "r"}};
  const auto read = audit::parse_event(to_json(written, ""));
  REQUIRE(read);
  CHECK(to_json(*read, "") == to_json(written, ""));
}

TEST_CASE("the newest start of each container is its answer") {
  Readiness readiness;
  readiness.add(event(EventKind::observed, "app", "would refuse: no; do this"));
  readiness.add(event(EventKind::observed, "other", "would refuse: no; do this"));
  readiness.add(event(EventKind::observed, "agent", "would change: the fallback"));
  readiness.add(event(EventKind::observed, "plain", "would change nothing"));
  CHECK(readiness.count(Answer::refuse) == 2);
  REQUIRE(readiness.rows().size() == 3);
  CHECK(readiness.rows()[0].why == "no; do this");
  CHECK(readiness.rows()[0].containers ==
        std::vector<std::string>{"shop/web/app", "shop/web/other"});
  CHECK(readiness.rows()[1].why == "the fallback");
  Event later = event(EventKind::admitted, "app");
  later.time = "2026-11-28T08:00:00.000Z";
  readiness.add(later);
  CHECK(readiness.count(Answer::refuse) == 1);
  CHECK(readiness.count(Answer::nothing) == 2);
}

Event of_gate(EventKind kind, const std::string& message = {}) {
  Event gate = event(kind, "app", message);
  gate.stage = "gate";
  return gate;
}

std::string only_answer(const std::vector<Event>& events) {
  Readiness readiness;
  for (const Event& one : events) readiness.add(one);
  const auto rows = readiness.rows();
  return rows.size() == 1 ? std::string(name_of(rows[0].answer)) + " " + rows[0].why : "not one";
}

TEST_CASE("what joins a container is no answer to whether it may start") {
  Event joined = event(EventKind::refused, "app");
  joined.stage = "shim exec";
  Event held = event(EventKind::observed, "app", "'/bin/sh': would refuse: x");
  held.stage = "gate exec";
  CHECK(only_answer({joined, held}) == "not one");
}

TEST_CASE("what the kernel showed counts for more than what the documents said") {
  CHECK(only_answer({event(EventKind::observed, "app", "would change nothing"),
                     of_gate(EventKind::observed,
                             "would refuse: the root is writable; let go, but not as planned: "
                             "the root is writable")}) == "refused the root is writable");
  CHECK(only_answer({event(EventKind::admitted, "app"), of_gate(EventKind::proof_failed, "no")}) ==
        "refused no");
}

TEST_CASE("a proof that held leaves the answer of its start as it is") {
  CHECK(only_answer({event(EventKind::changed, "app"), of_gate(EventKind::proved)}) ==
        "changed runtime/default");
}

TEST_CASE("behind a hook, which tells no decision, the gate is the answer") {
  CHECK(only_answer({of_gate(EventKind::proved)}) == "unchanged ");
  CHECK(only_answer({of_gate(EventKind::installed)}) == "changed runtime/default");
}

TEST_CASE("a refusal names the checks that it is by") {
  Event refused = event(EventKind::refused, "app", "no");
  refused.findings = {{policy::Severity::error, "seccomp-unset", "", "no", ""},
                      {policy::Severity::warning, "other", "", "", ""}};
  Readiness readiness;
  readiness.add(refused);
  CHECK(readiness.rows().at(0).rules == std::vector<std::string>{"seccomp-unset"});
}

}  // namespace
}  // namespace bulkhead::cli
