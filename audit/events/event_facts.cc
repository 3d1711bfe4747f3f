#include "audit/events/event_facts.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "audit/events/append_log.h"
#include "audit/events/take_member.h"
#include "base/text.h"
#include "oci-config/json.h"

namespace bulkhead::audit {

namespace {

using oci_config::JsonType;
using oci_config::JsonValue;

constexpr std::array kKinds = {EventKind::admitted,     EventKind::changed, EventKind::refused,
                               EventKind::observed,     EventKind::proved,  EventKind::installed,
                               EventKind::proof_failed, EventKind::ended,   EventKind::removed};

std::string_view text_of(const JsonValue& object, std::string_view key) {
  const auto value = object.member(key);
  return value && value->is(JsonType::string) ? value->string() : std::string_view();
}

std::vector<std::string> failed_checks_of(const JsonValue& event) {
  std::vector<std::string> checks;
  const auto findings = event.member("findings");
  if (!findings || !findings->is(JsonType::array)) return checks;
  for (auto finding = findings->first(); finding; finding = finding->next()) {
    if (!finding->is(JsonType::object) || text_of(*finding, "severity") != "error") continue;
    std::string check(text_of(*finding, "check"));
    if (std::ranges::find(checks, check) == checks.end()) checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace

base::Result<EventFacts> parse_event_facts(std::string line) {
  const auto document = oci_config::JsonDocument::parse(
      std::move(line), {.described = "events.jsonl", .max_bytes = kMaxLineBytes});
  if (!document) return std::unexpected(document.error());
  const JsonValue event = document->root();
  if (const auto checked = event.expect(JsonType::object); !checked) {
    return std::unexpected(checked.error());
  }
  const std::string_view name = text_of(event, "event");
  const auto kind = value_named(name, kKinds);
  if (!kind) return event.error(base::cat("no known event: ", base::quoted(name)));
  return EventFacts{*kind, std::string(text_of(event, "stage")), failed_checks_of(event)};
}

}  // namespace bulkhead::audit
