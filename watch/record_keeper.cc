#include "watch/record_keeper.h"

#include <linux/seccomp.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "base/directory.h"
#include "base/text.h"
#include "kernel/arch/registers.h"
#include "record/keeping/log_turn.h"

namespace bulkhead::watch {

using audit::KernelDenial;
using audit::SeccompRecord;
using record::How;
using record::ProcessNote;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kEveryNs = 2 * kSecond;
constexpr unsigned kMostSteps = 64;       // from a process to the one that it descends from
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

bool is_read_here(const ProcessNote& note) {
  return note.how != How::none || !note.recorder.empty();
}

}  // namespace

void RecordKeeper::begin(std::uint64_t now_ns) {
  for (const ProcessNote& note : record::read_notes(paths_).list) {
    if (is_read_here(note)) logged_[record::key_of(note)].reason = record::kWasUnwatched;
  }
  due_ns_ = now_ns;
}

void RecordKeeper::container_changed(std::uint64_t now_ns) {
  if (!due_ns_) due_ns_ = now_ns + kEveryNs;
}

// A note is written before its process's first instruction, so before anything is logged of it.
void RecordKeeper::read_notes() {
  const std::string all = record::notes_directory(paths_);
  std::string state;
  for (const std::string& name : base::names_in(base::Directory(all))) {
    struct stat status {};
    if (::stat(base::cat(all, '/', name).c_str(), &status) != 0) continue;
    state += base::cat(name, ' ', status.st_mtim.tv_sec, '.', status.st_mtim.tv_nsec, ' ');
  }
  if (state == notes_state_) return;
  notes_state_ = std::move(state);
  notes_ = record::read_notes(paths_).list;
  nearest_.clear();
}

// That of the process, or of the nearest one that it descends from.
const ProcessNote* RecordKeeper::nearest_note(pid_t process, const Namer& namer) {
  const auto [known, is_new] = nearest_.try_emplace(process, nullptr);
  if (!is_new) return known->second;
  std::optional<pid_t> at = process;
  for (unsigned step = 0; step < kMostSteps && at && *at > 1; ++step) {
    const auto found = std::ranges::find(notes_, *at, &ProcessNote::pid);
    if (found != notes_.end()) return known->second = &*found;
    at = namer.known_parent_of(*at);
  }
  return nullptr;
}

// Its birth and those of all before it were seen, and none of them is of a record.
bool RecordKeeper::is_elsewhere(pid_t process, const Namer& namer) {
  std::optional<pid_t> at = process;
  for (unsigned step = 0; step < kMostSteps && at && *at > 1; ++step) {
    at = namer.known_parent_of(*at);
  }
  return at && *at <= 1;
}

// What descends from no noted process that is known may still be known to be of its container.
const ProcessNote* RecordKeeper::note_of(const KernelDenial& record, const Owner& owner,
                                         const Namer& namer) {
  if (!nearest_.contains(record.pid)) read_notes();
  if (notes_.empty()) return nullptr;
  if (const auto* const nearest = nearest_note(record.pid, namer)) return nearest;
  const auto* const container = namer.find(owner.number);
  if (container == nullptr) return nullptr;
  const auto found = std::ranges::find_if(notes_, [&](const ProcessNote& note) {
    return note.pid == container->pid && note.start_time == container->start_time;
  });
  return found == notes_.end() ? nullptr : &*found;
}

// A program may make up any number of calls, and the record may not be written for long: of more
// than a record holds only that they were is kept.
void RecordKeeper::add_use(const KernelDenial& record, const ProcessNote& note,
                           const record::CallUse& use) {
  const auto& facts = std::get<SeccompRecord>(record.facts);
  record::Logged& logged = logged_[record::key_of(note)];
  const record::CallKey call{.arch = facts.arch, .number = facts.nr};
  if (logged.calls.size() >= record::kMostCalls && !logged.calls.contains(call)) {
    ++logged.beyond;
    return;
  }
  record::add_use(logged.calls[call], use);
}

bool RecordKeeper::take(const KernelDenial& record, const Owner& owner, const Namer& namer) {
  if (const auto* accessed = std::get_if<audit::AppArmorRecord>(&record.facts)) {
    return accesses_.take(*accessed, record.stamp, record.pid);
  }
  const auto* facts = std::get_if<SeccompRecord>(&record.facts);
  if (facts == nullptr) return false;
  const bool is_logged = facts->code == SECCOMP_RET_LOG;
  const ProcessNote* const note = note_of(record, owner, namer);
  if (note == nullptr) {
    const bool may_be_ours =
        owner.naming == audit::Naming::gone && !is_elsewhere(record.pid, namer);
    if (is_logged && may_be_ours) ++nobodys_;
    return false;
  }
  const bool is_for = is_for_record(*facts, *note);
  if (!is_for && is_logged) return false;
  const record::Time time = time_of(record.stamp);
  record::CallUse use{.count = is_for ? 1U : 0, .first = time, .last = time};
  use.by_exec = is_for && note->by_exec ? 1 : 0;
  use.denied = is_for ? 0 : 1;
  add_use(record, record::first_of(*note, notes_), use);
  return is_for;
}

// Of whoever ran since the last collection.
void RecordKeeper::add_lost(std::uint64_t more) {
  std::set<std::string> running;
  for (const ProcessNote& note : notes_) {
    const std::string key = record::key_of(note);
    if (record::runs(note)) running.insert(key);
    const bool may_be_its = running.contains(key) || ran_.contains(key) || !known_.contains(key);
    if (more > 0 && may_be_its && is_read_here(note)) logged_[key].lost += more;
    known_.insert(key);
  }
  ran_ = std::move(running);
  if (known_.size() > kMostNotes) known_.clear();
}

void RecordKeeper::collect(std::uint64_t now_ns, const LogRead& log) {
  notes_state_ = "to be read again";
  read_notes();
  add_lost(log.lost - std::min(log.lost, told_lost_) + std::exchange(nobodys_, 0));
  told_lost_ = log.lost;
  accesses_.hand_over(notes_, logged_);
  const auto done = record::collect(paths_, &logged_);
  problem_ = done ? std::string() : done.error().sentence();
  if (done) logged_.clear();
  if (done && !notes_.empty()) record::note_log_taken(paths_, log.until);
  if (done) accesses_.tidy(notes_, now_ns);
  due_ns_ = notes_.empty() ? std::nullopt : std::optional(now_ns + kEveryNs);
}

}  // namespace bulkhead::watch
