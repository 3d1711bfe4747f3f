#include "admission/record_start.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "audit/records/watch_lock.h"
#include "base/text.h"
#include "kernel/arch/registers.h"
#include "kernel/observe/observe.h"
#include "kernel/tasks/task_status.h"
#include "kernel/tracing/call_counter.h"
#include "policy/values/apparmor_recorder.h"
#include "record/keeping/collect.h"
#include "record/keeping/process_note.h"
#include "record/keeping/record_filter.h"
#include "record/keeping/store.h"

namespace bulkhead::admission {

using base::cat;
using record::How;
using record::ProcessNote;
using record::Record;

namespace {

// What joined and what began with the container are told apart, so a call that only the one made is
// still new of the other.
void add_known(const record::Calls& calls, RecordedAs as, std::set<record::CallKey>& known) {
  for (const auto& [call, use] : calls) {
    const std::uint64_t seen = as == RecordedAs::joining ? use.count : use.count - use.by_exec;
    if (seen > 0) known.insert(call);
  }
}

std::set<record::CallKey> known_calls(const Record& record, RecordedAs as) {
  std::set<record::CallKey> known;
  add_known(record.earlier.calls, as, known);
  for (const auto& [key, container] : record.containers) add_known(container.calls, as, known);
  return known;
}

bool has_had_a_run(const Record& record) {
  return record.earlier.containers > 0 ||
         std::ranges::any_of(record.containers,
                             [](const auto& entry) { return entry.second.ended != 0; });
}

Record record_so_far(const base::Paths& paths, const std::string& name, std::string& why) {
  auto record = record::read_record(paths, name);
  if (!record) why = cat("the record cannot be read: ", record.error().sentence());
  return record && *record ? **std::move(record) : Record{};
}

// Who joins is seen as its container is.
How way_to_see(const Record& record, const ProcessNote* first) {
  if (!record.trial.program.empty()) return How::log;
  const kernel::CallCounter counter;
  if (first != nullptr) {
    return first->how == How::histogram && counter.counts() ? How::histogram : How::log;
  }
  if (has_had_a_run(record)) return How::log;
  return counter.make() ? How::histogram : How::log;
}

ProcessNote note_for(const HeldContainer& container, RecordedAs as, std::string_view door) {
  ProcessNote note{.record = container.plan.record->name,
                   .by_exec = as == RecordedAs::joining,
                   .identity = {.id = container.identity.id,
                                .namespace_ = container.identity.namespace_,
                                .pod = container.identity.pod,
                                .container = container.identity.container,
                                .image = container.identity.image},
                   .runtime = container.runtime,
                   .door = std::string(door),
                   .why = {},
                   .governs = container.plan.apparmor.label,
                   .recorder = policy::recorder_name(container.plan.apparmor.recorder),
                   .apparmor_why = container.plan.apparmor.unrecorded};
  return note;
}

void note_missing_filter(const std::string& why_no_filter, ProcessNote& note) {
  if (why_no_filter.empty()) return;
  if (note.how == How::histogram) {
    note.why = cat("calls of another ABI are counted as native ones: ", why_no_filter);
  } else {
    note.how = How::none;
    note.why = cat("nothing logs its calls: ", why_no_filter);
  }
}

// A runtime may have applied another label.
void note_label(pid_t program, ProcessNote& note) {
  if (note.recorder.empty()) return;
  const auto label = kernel::read_apparmor_label(program);
  if (label && label->name.contains(note.recorder)) return;
  note.recorder.clear();
  note.apparmor_why = "the profile that records is not in the label with which it began";
}

void note_task(pid_t program, ProcessNote& note) {
  note_label(program, note);
  const auto status = kernel::read_task_status(program);
  if (status) note.capabilities = status->capabilities.bounding;
}

// In the gate's process, while the program is stopped.
std::string begin(ProcessNote note, pid_t program, const std::string& why_no_filter,
                  const base::Paths& paths) {
  note_missing_filter(why_no_filter, note);
  if (note.how == How::histogram) {
    if (const auto added = kernel::CallCounter().add(program); !added) {
      note.how = How::none;
      note.why = cat("the kernel does not count its calls: ", added.error().sentence());
    }
  }
  const auto start_time = kernel::read_start_time(program);
  if (!start_time) return start_time.error().sentence();
  note_task(program, note);
  note.pid = program;
  note.start_time = *start_time;
  note.time = record::now();
  note.watched = audit::is_watched(paths);
  if (const auto written = record::write_note(paths, note); !written) {
    return written.error().sentence();
  }
  return note.how == How::none ? note.why : std::string();
}

policy::FilterProgram filter_for(const Record& record, How how, RecordedAs as) {
  if (!record.trial.program.empty()) return record.trial.program;
  return how == How::histogram ? record::foreign_calls_filter(kernel::native_audit_arch())
                               : record::unknown_calls_filter(known_calls(record, as));
}

bool is_wanted(const HeldContainer& container, RecordedAs as, const kernel::GateOrder& order) {
  const policy::Plan& plan = container.plan;
  if (!plan.record || plan.mode == policy::Mode::observe) return false;
  if (order.proof == kernel::ProofBy::taking) return false;
  return as == RecordedAs::first_process || plan.record->execs;
}

}  // namespace

void add_record(const HeldContainer& container, RecordedAs as, std::string_view door,
                const base::Paths& paths, kernel::GateOrder& order) {
  if (!is_wanted(container, as, order)) return;
  ProcessNote note = note_for(container, as, door);
  std::optional<ProcessNote> first;
  if (as == RecordedAs::joining) {
    first = record::find_running(paths, note.record, container.identity.id);
    if (!first) return;
  }
  const Record record = record_so_far(paths, note.record, note.why);
  note.how = way_to_see(record, first ? &*first : nullptr);
  kernel::GateRecord gate_record;
  gate_record.filter = filter_for(record, note.how, as);
  if (container.plan.start.has_create_container_hooks) {
    gate_record.when = kernel::InstallWhen::before_exec;
  }
  gate_record.begin = [note, paths](pid_t program, const std::string& why_no_filter) {
    return begin(note, program, why_no_filter, paths);
  };
  order.record = std::move(gate_record);
}

}  // namespace bulkhead::admission
