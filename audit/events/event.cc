#include "audit/events/event.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include "audit/events/append_log.h"
#include "base/text.h"

namespace bulkhead::audit {

namespace {

using base::append_json_string;

constexpr std::size_t kRoomForTail = 64;  // "omitted" and the closing braces

// Appends `,"key":"value"`, nothing for an empty value: a line says only what is known.
void append_member(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  if (out.back() != '{') out += ',';
  append_json_string(out, key);
  out += ':';
  append_json_string(out, value);
}

std::string json_of(const policy::Reason& reason) {
  std::string out = "{";
  append_member(out, "subject", reason.subject);
  append_member(out, "sentence", reason.sentence);
  append_member(out, "because", reason.because);
  return out += '}';
}

std::string json_of(const policy::Finding& finding) {
  std::string out = "{";
  append_member(out, "severity", policy::name_of(finding.severity));
  append_member(out, "check", finding.check);
  append_member(out, "pointer", finding.pointer);
  append_member(out, "message", finding.message);
  append_member(out, "remedy", finding.remedy);
  return out += '}';
}

// Appends the list as far as it fits and returns how many elements did not.
template <class T>
std::size_t append_list(std::string& out, std::string_view key, const std::vector<T>& list) {
  if (list.empty()) return 0;
  std::string elements;
  std::size_t written = 0;
  for (const T& element : list) {
    std::string json = json_of(element);
    if (out.size() + elements.size() + json.size() + kRoomForTail * 2 > kMaxLineBytes) break;
    if (written++ > 0) elements += ',';
    elements += json;
  }
  out += base::cat(",\"", key, "\":[", elements, "]");
  return list.size() - written;
}

EventKind kind_of(const policy::Plan& plan) {
  if (plan.mode == policy::Mode::observe) return EventKind::observed;
  return plan.edit.empty() ? EventKind::admitted : EventKind::changed;
}

std::vector<policy::Finding> findings_of(const policy::Plan& plan) {
  std::vector<policy::Finding> findings = plan.findings;
  if (plan.would_refuse) {
    findings.insert(findings.end(), plan.would_refuse->reasons.begin(),
                    plan.would_refuse->reasons.end());
  }
  return findings;
}

std::string seccomp_source(const policy::PlannedSeccomp& seccomp) {
  return seccomp.profile || seccomp.source.kind() == policy::ProfileKind::unconfined
             ? seccomp.source.text()
             : std::string("unconfined");
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
    case EventKind::removed: return "removed";
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
  event.seccomp = seccomp_source(plan.seccomp);
  event.apparmor = plan.apparmor.label;
  event.message =
      plan.would_refuse ? base::cat("would refuse: ", plan.would_refuse->sentence()) : "";
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
  const policy::Identity& who = event.identity;
  std::string out = "{";
  out.reserve(1024);
  append_member(out, "time", time);
  append_member(out, "event", name_of(event.kind));
  append_member(out, "stage", event.stage);
  append_member(out, "engine", policy::name_of(who.engine));
  append_member(out, "id", who.id);
  append_member(out, "namespace", who.namespace_);
  append_member(out, "pod", who.pod);
  append_member(out, "pod_uid", who.pod_uid);
  append_member(out, "container", who.container);
  append_member(out, "image", who.image);
  append_member(out, "seccomp", event.seccomp);
  append_member(out, "apparmor", event.apparmor);
  append_member(out, "message", std::string_view(event.message).substr(0, kMaxLineBytes / 8));
  std::size_t omitted = append_list(out, "reasons", event.reasons);
  omitted += append_list(out, "findings", event.findings);
  if (omitted > 0) out += base::cat(",\"omitted\":", omitted);
  return out += '}';
}

// Not gmtime_r: glibc reads /etc/localtime before it computes UTC.
std::string utc_now() {
  using namespace std::chrono;
  const auto now = floor<milliseconds>(system_clock::now());
  const auto today = floor<days>(now);
  const year_month_day date(today);
  const hh_mm_ss time(now - today);
  char text[96];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                int(time.minutes().count()), int(time.seconds().count()),
                int(time.subseconds().count()));
  return text;
}

base::Result<void> append_event(const base::Paths& paths, const Event& event) {
  return append_line(paths.log, "events.jsonl", to_json(event, utc_now()));
}

}  // namespace bulkhead::audit
