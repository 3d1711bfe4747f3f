#include "watch/access_keeper.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "record/keeping/governing_profile.h"
#include "record/keeping/kernel_access.h"
#include "record/keeping/recorders.h"
#include "record/keeping/store.h"
#include "record/profiles/recorder_rules.h"

namespace bulkhead::watch {

using audit::AppArmorRecord;
using base::cat;
using record::Access;
using record::ProcessNote;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kFirstPauseNs = 2 * kSecond;
constexpr std::uint64_t kLongestPauseNs = 120 * kSecond;
constexpr std::size_t kMostRecorders = 512;
constexpr std::size_t kMostDenied = 32;
constexpr std::uint64_t kMostTurns = 64;  // without a note

record::Time time_of(const audit::RecordStamp& stamp) {
  constexpr std::uint64_t kMsPerSecond = 1000;
  return stamp.seconds * kMsPerSecond + stamp.milliseconds;
}

// Without the other's label, which each profile sees from its own namespace.
std::string what_of(const AppArmorRecord& facts) {
  return cat(facts.operation, '\n', facts.name, '\n', facts.capability, '\n', facts.family, '\n',
             facts.socket_type, '\n', facts.signal, '\n', facts.requested);
}

record::AccessUse as_denied(const record::AccessUse& use) {
  return {.first = use.first, .last = use.last, .denied = use.count};
}

const ProcessNote* note_of(const std::string& recorder, const std::vector<ProcessNote>& notes) {
  const auto found = std::ranges::find_if(
      notes, [&](const ProcessNote& note) { return note.recorder == recorder && !note.by_exec; });
  return found == notes.end() ? nullptr : &*found;
}

}  // namespace

AccessKeeper::AccessKeeper(const base::Paths& paths)
    : paths_(paths), places_(record::recorder_places(paths)) {}

bool AccessKeeper::was_denied(const AppArmorRecord& facts, pid_t process) const {
  const std::string what = what_of(facts);
  return std::ranges::any_of(denied_, [&](const Denied& denied) {
    return denied.process == process && denied.what == what;
  });
}

bool AccessKeeper::take(const AppArmorRecord& facts, const audit::RecordStamp& stamp,
                        pid_t process) {
  const auto name = record::recorder_of(facts);
  if (!name) {
    if (facts.verdict == audit::AppArmorVerdict::denied) {
      denied_.push_back({process, what_of(facts)});
      if (denied_.size() > kMostDenied) denied_.pop_front();
    }
    return false;
  }
  const bool has_room = recorders_.size() < kMostRecorders || recorders_.contains(*name);
  if (!has_room || was_denied(facts, process)) return true;
  Recorder& recorder = recorders_[*name];
  const record::AccessUse use{.count = 1,
                              .first = time_of(stamp),
                              .last = time_of(stamp),
                              .by_others = record::is_by_owner(facts) ? 0U : 1U};
  for (const Access& access : record::accesses_of(facts)) {
    recorder.beyond += recorder.waiting.add(access, use) ? 0 : 1;
  }
  return true;
}

// ---- into the record
// -----------------------------------------------------------------------------

bool AccessKeeper::is_allowed(const ProcessNote& note, const Access& access,
                              Recorder& recorder) const {
  if (recorder.denied.uses().contains(access)) return false;
  if (recorder.allowed.uses().contains(access)) return true;
  const auto answer = record::governing_allows(note.governs, access, places_);
  if (!answer && recorder.unasked.empty()) recorder.unasked = answer.error().sentence();
  const bool allowed = answer.value_or(true);
  (void)(allowed ? recorder.allowed : recorder.denied).add(access, {});
  return allowed;
}

void AccessKeeper::hand_over(const ProcessNote& note, Recorder& recorder,
                             record::Logged& logged) const {
  recorder.has_new = recorder.has_new || !recorder.waiting.empty();
  for (const auto& [access, use] : recorder.waiting.uses()) {
    const bool allowed = is_allowed(note, access, recorder);
    const bool added = logged.accesses.add(access, allowed ? use : as_denied(use));
    recorder.beyond += added ? 0 : 1;
  }
  logged.beyond += recorder.beyond;
  logged.unasked = recorder.unasked;
  recorder.waiting = {};
  recorder.beyond = 0;
}

void AccessKeeper::hand_over(const std::vector<ProcessNote>& notes, record::LoggedByNote& logged) {
  for (auto& [name, recorder] : recorders_) {
    const ProcessNote* const note = note_of(name, notes);
    recorder.handed_over = note == nullptr ? recorder.handed_over + 1 : 0;
    if (note == nullptr || recorder.waiting.empty()) continue;
    hand_over(*note, recorder, logged[record::key_of(*note)]);
  }
  std::erase_if(recorders_,
                [](const auto& entry) { return entry.second.handed_over > kMostTurns; });
}

// ---- learning
// ------------------------------------------------------------------------------------

void AccessKeeper::learn(const ProcessNote& note, Recorder& recorder, std::uint64_t now_ns) const {
  recorder.has_new = false;
  recorder.pause_ns = std::clamp(2 * recorder.pause_ns, kFirstPauseNs, kLongestPauseNs);
  recorder.learn_at_ns = now_ns + recorder.pause_ns;
  const auto record = record::read_record(paths_, note.record);
  if (!record || !*record) return;
  record::Accesses::Map known = record::all_accesses(**record);
  known.insert(recorder.denied.uses().begin(), recorder.denied.uses().end());
  (void)record::reload_recorder(paths_, places_, note.recorder, note.record,
                                record::recorder_rules(known));
}

void AccessKeeper::keep_house() const { record::remove_ended_recorders(paths_, places_); }

void AccessKeeper::tidy(const std::vector<ProcessNote>& notes, std::uint64_t now_ns) {
  keep_house();
  for (auto& [name, recorder] : recorders_) {
    const ProcessNote* const note = note_of(name, notes);
    if (note == nullptr || !recorder.has_new || recorder.learn_at_ns > now_ns) continue;
    return learn(*note, recorder, now_ns);
  }
}

}  // namespace bulkhead::watch
