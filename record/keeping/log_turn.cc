#include "record/keeping/log_turn.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "audit/records/watch_lock.h"
#include "base/files.h"
#include "base/text.h"
#include "record/keeping/collect.h"
#include "record/keeping/process_note.h"
#include "record/keeping/state_file.h"
#include "record/keeping/store.h"

namespace bulkhead::record {

namespace {

constexpr const char* kFile = "record-log-taken";
constexpr Time kMostMs = 10'000;
constexpr unsigned kPauseMicroseconds = 50'000;

Time log_taken_until(const base::Paths& paths) {
  constexpr std::size_t kMostBytes = 32;
  const std::string path = base::cat(paths.state, '/', kFile);
  const auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = kMostBytes});
  return content ? base::parse_decimal(content->bytes).value_or(0) : 0;
}

// One of its containers may still be logged, or what was logged of it may be under way.
bool is_open(const base::Paths& paths, std::string_view name) {
  const auto record = read_record(paths, name);
  const auto notes = read_notes(paths).list;
  return std::ranges::any_of(notes, [&](const ProcessNote& note) {
    if (note.record != name || note.how == How::none || note.by_exec) return false;
    if (!record || !*record) return true;
    const auto container = (*record)->containers.find({note.time, note.identity.id});
    return container == (*record)->containers.end() || container->second.ended == 0;
  });
}

}  // namespace

// Where it cannot be written whoever waits takes that for a loss.
void note_log_taken(const base::Paths& paths, Time until) {
  (void)replace_in(paths.state, kFile, base::cat(until));
}

bool wait_for_log(const base::Paths& paths, std::string_view name) {
  const Time asked = now();
  if (!audit::is_watched(paths) || !is_open(paths, name)) return true;
  while (log_taken_until(paths) < asked) {
    if (now() > asked + kMostMs) return false;
    if (!audit::is_watched(paths)) return true;
    ::usleep(kPauseMicroseconds);
  }
  return true;
}

}  // namespace bulkhead::record
