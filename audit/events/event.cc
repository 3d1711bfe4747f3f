#include "audit/events/event.h"

#include <utility>

#include "audit/events/append_log.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/times.h"
#include "policy/decide/enforce_answer.h"
#include "policy/values/identity_json.h"

namespace bulkhead::audit {

namespace {

using base::JsonWriter;

constexpr std::size_t kRoomForTail =
    116;  // what follows the last element: brackets, keys, "omitted"
constexpr std::size_t kMaxNameBytes = 8192;  // of a profile, as JSON

std::string json_of(const policy::Reason& reason) {
  JsonWriter json;
  json.begin_object();
  json.member_if_any("subject", reason.subject);
  json.member_if_any("sentence", reason.sentence);
  json.member_if_any("because", reason.because);
  json.end_object();
  return json.take();
}

std::string json_of(const policy::Finding& finding) {
  JsonWriter json;
  json.begin_object();
  json.member("severity", policy::name_of(finding.severity));
  json.member_if_any("check", finding.check);
  json.member_if_any("pointer", finding.pointer);
  json.member_if_any("message", finding.message);
  json.member_if_any("remedy", finding.remedy);
  json.end_object();
  return json.take();
}

// Writes the list as far as it fits and returns how many elements did not.
template <class T>
std::size_t write_list(JsonWriter& json, std::string_view key, const std::vector<T>& list) {
  if (list.empty()) return 0;
  std::size_t written = 0;
  json.begin_array(key);
  for (const T& element : list) {
    const std::string text = json_of(element);
    if (json.size() + text.size() + kRoomForTail > kMaxLineBytes) break;
    json.element_raw(text);
    ++written;
  }
  json.end_array();
  return list.size() - written;
}

// As much of it as fits in any case.
void write_message(JsonWriter& json, std::string_view message) {
  constexpr std::size_t kMostBytes = kMaxLineBytes / 8;
  constexpr std::size_t kMostAsJson = kMaxLineBytes / 4;
  constexpr std::size_t kShort = kMostAsJson / 8;  // whatever its bytes become as JSON
  if (!json.member_within("message", message.substr(0, kMostBytes), kMostAsJson)) {
    json.member("message", message.substr(0, kShort));
  }
}

EventKind kind_of(const policy::Plan& plan) {
  if (plan.mode == policy::Mode::observe) return EventKind::observed;
  return plan.edit.empty() ? EventKind::admitted : EventKind::changed;
}

// What is planned holds, or what is not known yet is not told.
void tell_what_holds(const policy::Plan& plan, const policy::EnforceAnswer& answer, Event& event) {
  if (answer.would != policy::Would::change_nothing) return;
  event.seccomp = plan.seccomp.told_source();
  event.apparmor = plan.apparmor.label;
}

std::vector<policy::Finding> findings_of(const policy::Plan& plan) {
  std::vector<policy::Finding> findings = plan.findings;
  if (plan.would_refuse) {
    findings.insert(findings.end(), plan.would_refuse->reasons.begin(),
                    plan.would_refuse->reasons.end());
  }
  return findings;
}

}  // namespace

std::string_view name_of(EventKind kind) {
  switch (kind) {
    case EventKind::admitted: return "admitted";
    case EventKind::changed: return "changed";
    case EventKind::refused: return "refused";
    case EventKind::observed: return "observed";
    case EventKind::proved: return "proved";
    case EventKind::installed: return "installed";
    case EventKind::proof_failed: return "proof-failed";
    case EventKind::ended: return "ended";
    case EventKind::removed: return "removed";
    case EventKind::new_call: return "new-call";
  }
  return "refused";
}

Event event_of(const policy::Decision& decision, const policy::Identity& identity,
               std::string_view stage) {
  const auto* const refusal = std::get_if<policy::Refusal>(&decision);
  if (refusal == nullptr) return event_of(std::get<policy::Plan>(decision), identity, stage);
  Event event;
  event.kind = EventKind::refused;
  event.stage = stage;
  event.identity = identity;
  event.message = refusal->sentence();
  event.findings = refusal->reasons;
  return event;
}

Event event_of(const policy::Plan& plan, const policy::Identity& identity, std::string_view stage) {
  Event event;
  event.stage = stage;
  event.identity = identity;
  event.kind = kind_of(plan);
  event.seccomp_unlogged = plan.seccomp.unlogged;
  event.user = base::cat(plan.process.user.uid, ":", plan.process.user.gid);
  const auto answer =
      plan.mode == policy::Mode::observe ? policy::enforce_answer(plan) : policy::EnforceAnswer{};
  tell_what_holds(plan, answer, event);
  if (plan.mode == policy::Mode::observe) event.message = answer.sentence();
  event.reasons = plan.reasons;
  event.findings = findings_of(plan);
  return event;
}

Event event_of(const base::Error& error, const policy::Identity& identity, std::string_view stage) {
  Event event;
  event.kind = EventKind::refused;
  event.stage = stage;
  event.identity = identity;
  event.message = error.sentence();
  return event;
}

std::string to_json(const Event& event, std::string_view time) {
  JsonWriter json;
  json.reserve(1024);
  json.begin_object();
  json.member_if_any("time", event.time.empty() ? time : event.time);
  json.member("event", name_of(event.kind));
  json.member_if_any("stage", event.stage);
  std::size_t omitted = policy::write_identity(json, event.identity);
  if (!json.member_within("seccomp", event.seccomp, kMaxNameBytes)) ++omitted;
  if (!json.member_within("seccomp_unlogged", event.seccomp_unlogged, kMaxNameBytes)) ++omitted;
  if (!json.member_within("apparmor", event.apparmor, kMaxNameBytes)) ++omitted;
  if (!json.member_within("user", event.user, kMaxNameBytes)) ++omitted;
  write_message(json, event.message);
  omitted += write_list(json, "reasons", event.reasons);
  omitted += write_list(json, "findings", event.findings);
  if (omitted > 0) json.member("omitted", omitted);
  json.end_object();
  return json.take();
}

base::Result<void> append_event(const base::Paths& paths, const Event& event) {
  return append_line(paths.log, "events.jsonl", to_json(event, base::utc_now()));
}

}  // namespace bulkhead::audit
