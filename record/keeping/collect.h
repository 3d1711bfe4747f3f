// What the kernel counted goes into the records: for each process note, its calls into the record
// and the container that it belongs to. Any number of times, with the same end: what the tables
// hold is not taken away by reading.
//
// `bulkhead watch` does it every few seconds, every `bulkhead record` command first.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/paths.h"
#include "record/keeping/process_note.h"
#include "record/values/record.h"

namespace bulkhead::record {

// What the kernel logged of the process of a note since it was last handed over.
struct Logged {
  Calls calls;
  Accesses accesses;
  std::uint64_t lost = 0;    // records that did not arrive
  std::uint64_t beyond = 0;  // calls and accesses that found no place
  std::string reason = {};   // of a loss, unless its container had ended; empty where there is none
  std::string unasked = {};  // RecordedContainer::apparmor_unasked
};
// The reason where nobody read what the kernel logged for a while.
inline constexpr std::string_view kWasUnwatched = "`bulkhead watch` did not run for a time";
using LoggedByNote = std::map<std::string, Logged>;  // by key_of()

// Takes the lock. Where there are no notes nothing is done, and no file is touched. Who reads the
// kernel's log hands over `logged`; while somebody does, nobody else says that a container has
// ended, for what it did last may not be handed over yet. Errors: io, invalid_input (a record that
// cannot be read), kernel; nothing of `logged` was handed over then. What cannot be counted is a
// loss of the record, not an error.
[[nodiscard]] base::Result<void> collect(const base::Paths& paths,
                                         const LoggedByNote* logged = nullptr);

// Collects, and reads the record. Errors: those of both; usage, where there is no such record.
[[nodiscard]] base::Result<Record> read_up_to_date(const base::Paths& paths, std::string_view name);
// The same with all that was logged until now (log_turn.h), or a loss.
[[nodiscard]] base::Result<Record> read_whole(const base::Paths& paths, std::string_view name);

// For who holds the lock.
[[nodiscard]] base::Result<void> collect_locked(const base::Paths& paths,
                                                const LoggedByNote* logged = nullptr);

// Milliseconds since 1970.
[[nodiscard]] Time now();

}  // namespace bulkhead::record
