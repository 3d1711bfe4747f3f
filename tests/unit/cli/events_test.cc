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

TEST_CASE("proofs and joins are no answer to whether a container may start") {
  Readiness readiness;
  readiness.add(event(EventKind::proved, "app"));
  Event joined = event(EventKind::refused, "app");
  joined.stage = "shim exec";
  readiness.add(joined);
  Event gate = event(EventKind::observed, "app", "let go, but not as planned: x");
  gate.stage = "gate";
  readiness.add(gate);
  CHECK(readiness.rows().empty());
}

}  // namespace
}  // namespace bulkhead::cli
