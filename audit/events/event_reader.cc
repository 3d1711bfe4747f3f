#include "audit/events/event_reader.h"

#include <array>
#include <utility>

#include "audit/events/append_log.h"
#include "audit/events/line_reader.h"
#include "audit/events/take_member.h"
#include "base/text.h"
#include "oci-config/json.h"
#include "policy/values/identity_json.h"

namespace bulkhead::audit {

namespace {

using base::Result;
using oci_config::JsonType;
using oci_config::JsonValue;

constexpr std::array kKinds = {EventKind::admitted,     EventKind::changed, EventKind::refused,
                               EventKind::observed,     EventKind::proved,  EventKind::installed,
                               EventKind::proof_failed, EventKind::ended,   EventKind::removed,
                               EventKind::new_call};
constexpr std::array kSeverities = {policy::Severity::note, policy::Severity::warning,
                                    policy::Severity::error};

std::string text_of(const JsonValue& object, std::string_view key) {
  const auto value = object.member(key);
  return value && value->is(JsonType::string) ? std::string(value->string()) : std::string();
}

policy::Reason reason_of(const JsonValue& object) {
  return {text_of(object, "subject"), text_of(object, "sentence"), text_of(object, "because")};
}

policy::Finding finding_of(const JsonValue& object) {
  return {value_named(text_of(object, "severity"), kSeverities).value_or(policy::Severity::note),
          text_of(object, "check"), text_of(object, "pointer"), text_of(object, "message"),
          text_of(object, "remedy")};
}

template <class T>
std::vector<T> list_of(const JsonValue& event, std::string_view key,
                       T (*element_of)(const JsonValue& object)) {
  std::vector<T> list;
  const auto array = event.member(key);
  if (!array || !array->is(JsonType::array)) return list;
  for (auto element = array->first(); element; element = element->next()) {
    if (element->is(JsonType::object)) list.push_back(element_of(*element));
  }
  return list;
}

policy::Identity identity_of(const JsonValue& event) {
  policy::Identity identity;
  identity.engine =
      value_named(text_of(event, "engine"), policy::kEngines).value_or(policy::Engine::unknown);
  for (const auto& [key, member] : policy::kIdentityTexts) identity.*member = text_of(event, key);
  return identity;
}

}  // namespace

Result<Event> parse_event(std::string line) {
  const auto document = oci_config::JsonDocument::parse(
      std::move(line), {.described = "events.jsonl", .max_bytes = kMaxLineBytes});
  if (!document) return std::unexpected(document.error());
  const JsonValue object = document->root();
  if (const auto checked = object.expect(JsonType::object); !checked) {
    return std::unexpected(checked.error());
  }
  const std::string name = text_of(object, "event");
  const auto kind = value_named(name, kKinds);
  if (!kind) return object.error(base::cat("no known event: ", base::quoted(name)));
  return Event{.kind = *kind,
               .time = text_of(object, "time"),
               .stage = text_of(object, "stage"),
               .identity = identity_of(object),
               .seccomp = text_of(object, "seccomp"),
               .seccomp_unlogged = text_of(object, "seccomp_unlogged"),
               .apparmor = text_of(object, "apparmor"),
               .user = text_of(object, "user"),
               .message = text_of(object, "message"),
               .reasons = list_of(object, "reasons", reason_of),
               .findings = list_of(object, "findings", finding_of)};
}

Result<std::uint64_t> read_event_log(
    const std::string& directory,
    const std::function<void(const Event&, std::string_view line)>& visit) {
  std::uint64_t unreadable = 0;
  for (const std::string_view suffix : {".1", ""}) {
    LineReader log(base::cat(directory, "/events.jsonl", suffix));
    const auto read = log.read([&](std::string_view line) {
      const auto event = parse_event(std::string(line));
      event ? visit(*event, line) : void(++unreadable);
    });
    if (!read) return std::unexpected(read.error());
  }
  return unreadable;
}

}  // namespace bulkhead::audit
