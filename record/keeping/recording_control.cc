#include "record/keeping/recording_control.h"

#include <algorithm>

#include "audit/denials/small_backlog.h"
#include "audit/records/watch_lock.h"
#include "base/text.h"
#include "kernel/probes/audit_socket.h"
#include "kernel/tracing/call_counter.h"
#include "record/keeping/collect.h"
#include "record/keeping/log_turn.h"
#include "record/keeping/process_note.h"
#include "record/keeping/recorders.h"
#include "record/keeping/recordings.h"
#include "record/keeping/store.h"

namespace bulkhead::record {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::quoted;
using base::Result;

namespace {

bool is_begun(const base::Paths& paths, std::string_view name) {
  const auto names = recordings(paths);
  return std::ranges::find(names, name) != names.end();
}

std::unexpected<base::Error> not_recorded(const base::Paths& paths, std::string_view name) {
  const auto names = recordings(paths);
  const auto near = base::nearest(name, {names.begin(), names.end()});
  return fail(ErrorCode::usage, cat(quoted(name), " is not being recorded"),
              near ? cat("did you mean ", quoted(*near), '?')
                   : std::string("`bulkhead record` lists what is; what a rule of the policy "
                                 "records ends with that rule"));
}

Result<void> make_record(const base::Paths& paths, const std::string& name) {
  const auto record = read_record(paths, name);
  if (!record) return std::unexpected(record.error());
  if (*record && !(*record)->trial.program.empty()) {
    return fail(ErrorCode::usage, cat(quoted(name), " is a trial, not a record of what was done"),
                cat("give the record another name, or `bulkhead record rm ", name, "`"));
  }
  if (*record) return {};
  return write_record(paths, Record{.name = name, .since = now()});
}

void remove_notes(const base::Paths& paths, std::string_view name) {
  for (const ProcessNote& note : read_notes(paths).list) {
    if (note.record != name) continue;
    if (!note.recorder.empty()) {
      silence_recorder(paths, recorder_places(paths), note.recorder, note.record);
    }
    remove_note(paths, note);
  }
}

// What runs still is not looked at any more.
Result<void> close_record(const base::Paths& paths, std::string_view name, bool is_whole) {
  auto record = read_record(paths, name);
  if (!record) return std::unexpected(std::move(record.error()));
  if (!*record) return {};
  for (auto& [key, container] : (*record)->containers) {
    if (container.ended != 0) continue;
    container.ended = now();
    if (!is_whole) add_reason(container.losses, std::string(kLogNotTaken));
  }
  return write_record(paths, **std::move(record));
}

// For who holds the lock, and has made the record.
Result<Begun> begin_locked(const base::Paths& paths, const policy::RuleMatch& match,
                           const policy::RecordRequest& request) {
  if (is_begun(paths, request.name)) {
    return fail(ErrorCode::refused, cat(quoted(request.name), " is being recorded already"),
                cat("`bulkhead record stop ", request.name, "` ends that"));
  }
  if (auto written = write_recording(paths, match, request); !written) {
    return std::unexpected(std::move(written.error()));
  }
  Begun begun;
  if (const auto status = kernel::read_audit_status();
      status && audit::is_small_backlog(status->backlog_limit)) {
    begun.notes.push_back(audit::small_backlog_sentence(status->backlog_limit));
  }
  if (!audit::is_watched(paths)) {
    begun.notes.emplace_back(
        "`bulkhead watch` does not run, which reads what the kernel logs: start it "
        "(systemctl start bulkhead-watch), or the record has losses");
  }
  return begun;
}

}  // namespace

Result<Begun> begin_recording(const base::Paths& paths, const policy::RuleMatch& match,
                              const policy::RecordRequest& request) {
  const auto lock = lock_records(paths);
  if (!lock) return std::unexpected(lock.error());
  if (auto made = make_record(paths, request.name); !made) {
    return std::unexpected(std::move(made.error()));
  }
  auto begun = begin_locked(paths, match, request);
  if (!begun) return begun;
  const kernel::CallCounter counter;
  if (const auto made = counter.make(); !made) {
    begun->notes.insert(
        begun->notes.begin(),
        cat("every call is logged, which slows the first run: ", made.error().sentence()));
  } else if (!counter.sees_functions()) {
    begun->notes.emplace_back(
        "the flags of clone3 and the families of 32-bit sockets are not seen, so that "
        "`--arguments` leaves those calls whole: this kernel takes no probes "
        "(CONFIG_KPROBE_EVENTS, or lockdown forbids them)");
  }
  return begun;
}

Result<Begun> begin_trial(const base::Paths& paths, const policy::RuleMatch& match,
                          const policy::RecordRequest& request, Trial trial) {
  const auto lock = lock_records(paths);
  if (!lock) return std::unexpected(lock.error());
  const auto there = read_record(paths, request.name);
  if (!there) return std::unexpected(there.error());
  if (*there) {
    return fail(ErrorCode::usage, cat("there is a record ", quoted(request.name), " already"),
                cat("give the trial another name, or `bulkhead record rm ", request.name, "`"));
  }
  Record record{.name = request.name, .since = now(), .trial = std::move(trial)};
  if (auto written = write_record(paths, std::move(record)); !written) {
    return std::unexpected(std::move(written.error()));
  }
  return begin_locked(paths, match, request);
}

Result<void> end_recording(const base::Paths& paths, std::string_view name) {
  const bool is_whole = wait_for_log(paths, name);
  const auto lock = lock_records(paths);
  if (!lock) return std::unexpected(lock.error());
  const auto removed = remove_recording(paths, name);
  if (!removed) return std::unexpected(removed.error());
  if (!*removed) return not_recorded(paths, name);
  if (auto collected = collect_locked(paths); !collected) return collected;
  if (auto closed = close_record(paths, name, is_whole); !closed) return closed;
  remove_notes(paths, name);
  return read_notes(paths).list.empty() ? stop_counting_unless_needed(paths) : Result<void>{};
}

Result<void> delete_record(const base::Paths& paths, std::string_view name) {
  const auto lock = lock_records(paths);
  if (!lock) return std::unexpected(lock.error());
  if (is_begun(paths, name)) {
    return fail(ErrorCode::refused, cat(quoted(name), " is being recorded"),
                cat("`bulkhead record stop ", name, "` first"));
  }
  if (auto existing = read_existing(paths, name); !existing) {
    return std::unexpected(std::move(existing.error()));
  }
  remove_notes(paths, name);
  const auto removed = remove_record(paths, name);
  return removed ? Result<void>{} : std::unexpected(removed.error());
}

}  // namespace bulkhead::record
