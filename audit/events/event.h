// Events: what Bulkhead decided and proved, one JSON object on one line each, appended to
// /var/log/bulkhead/events.jsonl. docs/events.md describes every field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "policy/decide/decide.h"
#include "policy/values/identity.h"

namespace bulkhead::audit {

enum class EventKind : std::uint8_t {
  admitted,      // started as config.json asked
  changed,       // started with an edited config.json
  refused,       // not started
  observed,      // mode observe: let through as it was; what enforce would have done is told
  proved,        // the kernel confirmed the confinement before the first instruction
  installed,     // the gate installed a filter, and it was then proved
  proof_failed,  // the container was killed before its first instruction
  ended,         // the container ended before any program of it was executed
  removed,       // the container's record was removed
  new_call,      // it called what the record of its program (record/) did not have
};
[[nodiscard]] std::string_view name_of(EventKind kind);  // "proof-failed"

struct Event {
  EventKind kind = EventKind::admitted;
  std::string time;   // of the form of base/times.h; empty: when it is appended
  std::string stage;  // "shim create", "shim exec", "hook createRuntime", "gate"
  policy::Identity identity;
  std::string seccomp;           // "runtime/default", "localhost/…", "config", "unconfined"
  std::string seccomp_unlogged;  // why the kernel does not log what that denies; or empty
  std::string apparmor;          // label or empty
  std::string user;              // "uid:gid" as planned, in the container's user namespace
  std::string message;           // the refusal's or the proof's sentence; empty otherwise
  std::vector<policy::Reason> reasons;
  std::vector<policy::Finding> findings;
};

// An event of a decision: kind, profile names, reasons and findings are taken from it.
[[nodiscard]] Event event_of(const policy::Plan& plan, const policy::Identity& identity,
                             std::string_view stage);
[[nodiscard]] Event event_of(const policy::Decision& decision, const policy::Identity& identity,
                             std::string_view stage);

// An event of a failure before there was a decision (config.json that cannot be read, a policy that
// is not valid): the container is refused with the error's sentence.
[[nodiscard]] Event event_of(const base::Error& error, const policy::Identity& identity,
                             std::string_view stage);

// One JSON object without newline, at most kMaxLineBytes: names that are longer than any engine's,
// reasons and findings that do not fit are left out and counted in "omitted". `time` stands for
// that of an event that has none.
[[nodiscard]] std::string to_json(const Event& event, std::string_view time);

// Appends the event as one line to events.jsonl (audit/events/append_log.h). A log that cannot be
// written never decides whether a container starts: the error is for the caller to say once on
// stderr.
[[nodiscard]] base::Result<void> append_event(const base::Paths& paths, const Event& event);

}  // namespace bulkhead::audit
