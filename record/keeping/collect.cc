#include "record/keeping/collect.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "audit/events/event.h"
#include "audit/records/watch_lock.h"
#include "base/directory.h"
#include "base/text.h"
#include "kernel/arch/registers.h"
#include "kernel/tracing/call_counter.h"
#include "record/keeping/container_calls.h"
#include "record/keeping/counted.h"
#include "record/keeping/log_turn.h"
#include "record/keeping/new_calls.h"
#include "record/keeping/recordings.h"
#include "record/keeping/store.h"

namespace bulkhead::record {

using base::cat;
using base::Result;

namespace {

constexpr Time kKeptMs = 60'000;        // notes of what has ended: audit records may be late
constexpr std::size_t kMostEnded = 64;  // before the tables are emptied for them

bool is_counted(const ProcessNote& note) { return note.how == How::histogram; }

// One collection.
class Collection {
 public:
  Collection(const base::Paths& paths, const LoggedByNote* logged)
      : paths_(paths), logged_(logged), notes_(read_notes(paths).list) {}

  Result<void> run();

 private:
  void look_who_runs();
  void count();
  [[nodiscard]] bool should_turn(const kernel::CallCounts& tables) const;

  Result<void> write_records();
  Result<void> write_one(const std::string& name);
  [[nodiscard]] Result<void> tell_new_calls(const Record& before, const Record& after) const;
  void add_note(const ProcessNote& note, RecordedContainer& container) const;
  void add_losses_of(const ProcessNote& note, RecordedContainer& container) const;
  [[nodiscard]] ContainerCounts counts_of(const ProcessNote& first) const;

  Result<void> tidy();
  [[nodiscard]] bool knows_ends() const { return logged_ != nullptr || !is_watched_; }
  [[nodiscard]] bool is_over(const ProcessNote& note) const;
  [[nodiscard]] bool may_go(const ProcessNote& note) const;
  void forget(const ProcessNote& note);

  const base::Paths& paths_;
  const LoggedByNote* const logged_;  // null: not for us to read
  const std::vector<ProcessNote> notes_;
  const kernel::CallCounter counter_;
  const bool is_watched_ = audit::is_watched(paths_);
  const Time now_ = now();
  std::set<std::string> running_;  // keys of notes whose process ran before anything was read
  std::map<std::string, Time>
      ended_;              // when the containers ended, by the keys of their first notes
  Counted kept_;           // as it is to be kept
  Counted counted_;        // and what the tables hold
  std::string uncounted_;  // why the tables could not be read
  bool turned_ = false;
};

void Collection::look_who_runs() {
  for (const ProcessNote& note : notes_) {
    if (runs(note)) running_.insert(key_of(note));
  }
}

// ---- counting ----------------------------------------------------------------------------------

// Many that have ended are worth it: their notes stay as long as the tables do.
bool Collection::should_turn(const kernel::CallCounts& tables) const {
  const auto ended = std::ranges::count_if(notes_, [this](const ProcessNote& note) {
    return is_counted(note) && !running_.contains(key_of(note));
  });
  return tables.fills || static_cast<std::size_t>(ended) >= kMostEnded;
}

// Who is killed between turn() and tidy() loses what the tables held, which the next collection
// finds smaller than what the record has.
void Collection::count() {
  std::string unread;
  if (auto kept = read_counted(paths_)) {
    kept_ = *std::move(kept);
  } else {
    unread = kept.error().sentence();
  }
  counted_ = kept_;
  if (!std::ranges::any_of(notes_, is_counted)) return;
  auto tables = counter_.read();
  if (tables && should_turn(*tables)) {
    tables = counter_.turn();
    turned_ = tables.has_value();
  }
  if (!unread.empty() || !tables) {
    uncounted_ = unread.empty() ? tables.error().sentence() : std::move(unread);
    return;
  }
  counted_ = add_up(kept_, *tables, notes_);
  if (turned_) kept_ = counted_;
}

// ---- the records -------------------------------------------------------------------------------

void Collection::add_losses_of(const ProcessNote& note, RecordedContainer& container) const {
  for (std::string& reason : reasons_of(note)) add_reason(container.losses, std::move(reason));
  if (note.watched && !is_watched_ && note.how != How::none && container.ended == 0) {
    add_reason(container.losses, std::string(kWasUnwatched));
  }
  if (!is_counted(note)) return;
  if (!uncounted_.empty()) add_reason(container.losses, uncounted_);
  auto& dropped = container.losses.histogram_dropped;
  dropped = std::max(dropped, counted_.dropped);
  if (counted_.ambiguous == 0) return;
  add_reason(container.losses,
             "process numbers were used again, so that calls of two containers may be mixed");
}

void Collection::add_note(const ProcessNote& note, RecordedContainer& container) const {
  add_losses_of(note, container);
  const bool was_over = container.ended != 0;
  const bool has_ended = !note.by_exec && !running_.contains(key_of(note));
  if (has_ended && !was_over && knows_ends()) container.ended = now_;
  if (logged_ == nullptr) return;
  const auto logged = logged_->find(key_of(note));
  if (logged == logged_->end()) return;
  for (const auto& [call, use] : logged->second.calls) add_call(container, call, use);
  for (const auto& [access, use] : logged->second.accesses.uses()) {
    add_access(container, access, use);
  }
  container.losses.audit_lost += logged->second.lost;
  container.losses.beyond += logged->second.beyond;
  if (!logged->second.unasked.empty()) container.apparmor_unasked = logged->second.unasked;
  if (was_over || logged->second.reason.empty()) return;
  add_reason(container.losses, logged->second.reason);
}

ContainerCounts Collection::counts_of(const ProcessNote& first) const {
  const std::string key = key_of(first);
  ContainerCounts counts;
  counts.add(of_note(counted_.calls, key), false);
  counts.add(of_note(counted_.joined, key), true);
  counts.add(arguments_of(counted_, key));
  if (const auto joins = counted_.joins.find(key); joins != counted_.joins.end()) {
    counts.execs = joins->second;
  }
  for (const ProcessNote& note : notes_) {
    if (!note.by_exec || key_of(first_of(note, notes_)) != key) continue;
    ++counts.execs;
    counts.add(of_note(counted_.calls, key_of(note)), true);
    counts.add(arguments_of(counted_, key_of(note)));
  }
  return counts;
}

Result<void> Collection::write_one(const std::string& name) {
  auto record = read_record(paths_, name);
  if (!record) return std::unexpected(record.error());
  Record changed = record->value_or(Record{.name = name, .since = now_});
  std::set<ContainerKey> noted;
  for (const ProcessNote& note : notes_) {
    if (note.record != name) continue;
    const ProcessNote& first = first_of(note, notes_);
    const ContainerKey key{first.time, first.identity.id};
    noted.insert(key);
    RecordedContainer& container = changed.containers[key];
    if (container.kernel.empty()) describe_container(first, container);
    add_note(note, container);
    if (&first == &note) {
      if (container.ended != 0) ended_[key_of(note)] = container.ended;
      set_counted(container, counts_of(first), kernel::native_audit_arch(), now_);
    }
  }
  end_unnoted(changed, noted, now_);
  if (*record && changed == **record) return {};
  if (auto written = write_record(paths_, changed); !written) return written;
  return *record ? tell_new_calls(**record, changed) : Result<void>{};
}

// Once it is in the record: where that could not be written, it is told with the next one.
Result<void> Collection::tell_new_calls(const Record& before, const Record& after) const {
  for (const audit::Event& event : new_call_events(before, after)) {
    if (auto told = audit::append_event(paths_, event); !told) return told;
  }
  return {};
}

Result<void> Collection::write_records() {
  std::set<std::string> names;
  for (const ProcessNote& note : notes_) names.insert(note.record);
  for (const std::string& name : names) {
    if (auto written = write_one(name); !written) return written;
  }
  return {};
}

// ---- what is not needed any more ---------------------------------------------------------------

// Records of the kernel's audit may be late, and are told apart by these notes.
bool Collection::is_over(const ProcessNote& note) const {
  if (running_.contains(key_of(note)) || !knows_ends()) return false;
  const auto ended = ended_.find(key_of(note));
  return (ended == ended_.end() ? note.time : ended->second) + kKeptMs < now_;
}

// What was counted of a note stays in the tables until they are emptied; and whoever descends from
// it may live on.
bool Collection::may_go(const ProcessNote& note) const {
  if (!is_over(note)) return false;
  if (!is_counted(note) || !uncounted_.empty()) return true;
  return turned_ && std::ranges::none_of(
                        kept_.tasks, [&](const auto& task) { return task.second == key_of(note); });
}

void Collection::forget(const ProcessNote& note) {
  const std::string key = key_of(note);
  const ProcessNote& first = first_of(note, notes_);
  if (&first != &note && running_.contains(key_of(first))) {
    NumberCounts& joined = kept_.joined[key_of(first)];
    for (const auto& [number, count] : of_note(kept_.calls, key)) {
      add_number(joined, number, count, kMostCalls);
    }
    add(arguments_of(kept_, key), kept_.arguments[key_of(first)]);
    ++kept_.joins[key_of(first)];
  }
  kept_.calls.erase(key);
  kept_.arguments.erase(key);
  kept_.joined.erase(key);
  kept_.joins.erase(key);
}

Result<void> Collection::tidy() {
  std::erase_if(kept_.tasks, [](const auto& task) {
    return ::access(cat("/proc/", task.first).c_str(), F_OK) != 0;
  });
  std::vector<const ProcessNote*> going;
  for (const ProcessNote& note : notes_) {
    if (may_go(note)) going.push_back(&note);
  }
  for (const ProcessNote* note : going) forget(*note);
  if (turned_ || !going.empty()) {
    if (auto written = write_counted(paths_, kept_); !written) return written;
  }
  for (const ProcessNote* note : going) remove_note(paths_, *note);
  return going.size() < notes_.size() ? Result<void>{} : stop_counting_unless_needed(paths_);
}

Result<void> Collection::run() {
  if (notes_.empty()) return {};
  look_who_runs();
  count();
  if (auto written = write_records(); !written) return written;
  return tidy();
}

}  // namespace

Result<void> collect_locked(const base::Paths& paths, const LoggedByNote* logged) {
  return Collection(paths, logged).run();
}

Result<void> collect(const base::Paths& paths, const LoggedByNote* logged) {
  if (base::names_in(base::Directory(notes_directory(paths))).empty()) return {};
  const auto lock = lock_records(paths);
  if (!lock) return std::unexpected(lock.error());
  return collect_locked(paths, logged);
}

Result<Record> read_up_to_date(const base::Paths& paths, std::string_view name) {
  if (auto collected = collect(paths); !collected) {
    return std::unexpected(std::move(collected.error()));
  }
  return read_existing(paths, name);
}

Result<Record> read_whole(const base::Paths& paths, std::string_view name) {
  const bool is_whole = wait_for_log(paths, name);
  auto record = read_up_to_date(paths, name);
  if (record && !is_whole) add_reason(record->losses, std::string(kLogNotTaken));
  return record;
}

Time now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<Time>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace bulkhead::record
