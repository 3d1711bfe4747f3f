#include "watch/record_keeper.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <variant>

#include "base/process_stat.h"
#include "kernel/remote/registers.h"

namespace bulkhead::watch {

using audit::KernelDenial;
using audit::SeccompRecord;
using record::How;
using record::ProcessNote;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kEveryNs = 2 * kSecond;
constexpr std::size_t kMostNotes = 4096;  // that are remembered

record::Time time_of(const audit::RecordStamp& stamp) {
  constexpr std::uint64_t kMsPerSecond = 1000;
  return stamp.seconds * kMsPerSecond + stamp.milliseconds;
}

// Where the kernel counts the native calls, it logs the others alone; a profile of the container's
// own may log more.
bool is_for_record(const SeccompRecord& facts, const ProcessNote& note) {
  if (facts.code != SECCOMP_RET_LOG) return false;
  return note.how == How::log ||
         (note.how == How::histogram && facts.arch != kernel::native_audit_arch());
}

}  // namespace

void RecordKeeper::begin(std::uint64_t now_ns) {
  for (const ProcessNote& note : record::read_notes(paths_).list) {
    if (note.how == How::none || !record::runs(note)) continue;
    logged_[record::key_of(note)].reason = "`bulkhead watch` did not run for a time";
  }
  due_ns_ = now_ns;
}

void RecordKeeper::container_changed(std::uint64_t now_ns) {
  if (!due_ns_) due_ns_ = now_ns + kEveryNs;
}

// A note is written before the first instruction, so what has none by now never has.
const ProcessNote* RecordKeeper::note_of(const audit::KnownContainer& container) {
  const Process process{container.pid, container.start_time};
  auto found = notes_.find(process);
  if (found == notes_.end()) {
    if (notes_.size() >= kMostNotes) notes_.clear();
    found = notes_.emplace(process, record::find_note(paths_, process.first, process.second)).first;
  }
  return found->second ? &*found->second : nullptr;
}

// Whether it descends from a process that joined the container. What has ended by now counts as one
// that began with the container.
bool RecordKeeper::joined(pid_t process, const ProcessNote& first) {
  constexpr unsigned kMostSteps = 64;
  if (const auto known = joined_.find(process); known != joined_.end()) return known->second;
  bool& answer = joined_[process];
  pid_t at = process;
  for (unsigned step = 0; step < kMostSteps && at > 1 && at != first.pid; ++step) {
    const auto stat = base::read_process_stat(at);
    if (!stat) return false;
    const auto note = record::find_note(paths_, at, stat->start_time);
    if (note) return answer = note->by_exec;
    at = stat->parent;
  }
  return false;
}

void RecordKeeper::count(const KernelDenial& record, const ProcessNote& note, bool is_denied) {
  const auto& facts = std::get<SeccompRecord>(record.facts);
  record::CallUse& use =
      logged_[record::key_of(note)].calls[{.arch = facts.arch, .number = facts.nr}];
  const record::Time time = time_of(record.stamp);
  if (use.first == 0) use.first = time;
  use.first = std::min(use.first, time);
  use.last = std::max(use.last, time);
  if (is_denied) {
    ++use.denied;
    return;
  }
  ++use.count;
  use.by_exec += joined(record.pid, note) ? 1 : 0;
}

bool RecordKeeper::take(const KernelDenial& record, const Owner& owner,
                        const audit::KnownContainer* container) {
  const auto* facts = std::get_if<SeccompRecord>(&record.facts);
  if (facts == nullptr) return false;
  const bool is_logged = facts->code == SECCOMP_RET_LOG;
  if (is_logged && owner.naming == audit::Naming::gone) ++nobodys_;
  if (container == nullptr) return false;
  const ProcessNote* const note = note_of(*container);
  if (note == nullptr) return false;
  const bool is_for = is_for_record(*facts, *note);
  if (is_for || !is_logged) count(record, *note, !is_for);
  return is_for;
}

void RecordKeeper::collect(std::uint64_t now_ns, std::uint64_t lost) {
  joined_.clear();
  const auto notes = record::read_notes(paths_).list;
  const std::uint64_t more = lost - std::min(lost, told_lost_) + std::exchange(nobodys_, 0);
  if (more > 0) {
    for (const ProcessNote& note : notes) {
      if (note.how != How::none) logged_[record::key_of(note)].lost += more;
    }
  }
  told_lost_ = lost;
  const auto done = record::collect(paths_, logged_);
  problem_ = done ? std::string() : done.error().sentence();
  if (done) logged_.clear();
  due_ns_ = notes.empty() ? std::nullopt : std::optional(now_ns + kEveryNs);
}

}  // namespace bulkhead::watch
