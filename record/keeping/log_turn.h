// When the watcher has brought what the kernel logged until some moment into the records. It reads
// that log, and holds what it read for a few seconds; whoever wants a record whole waits for it.
#pragma once

#include <string_view>

#include "base/paths.h"
#include "record/values/record.h"

namespace bulkhead::record {

// For the watcher: what was logged before `until` is in the records.
void note_log_taken(const base::Paths& paths, Time until);

// Waits, ten seconds at most, until what was logged of the record's containers before now is in it.
// Returns at once where none of them is open, and where nobody watches: collecting tells that.
// False: the watcher did not come to it.
[[nodiscard]] bool wait_for_log(const base::Paths& paths, std::string_view name);

// The loss where it did not.
inline constexpr std::string_view kLogNotTaken =
    "`bulkhead watch` did not come to read what was logged";

}  // namespace bulkhead::record
