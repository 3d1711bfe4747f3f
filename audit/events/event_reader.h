// events.jsonl, read back. docs/events.md describes the line.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "audit/events/event.h"
#include "base/error.h"

namespace bulkhead::audit {

// What to_json() wrote. Members that are unknown, missing or of another type are passed over.
// Error: invalid_input, for what is no event.
[[nodiscard]] base::Result<Event> parse_event(std::string line);

// Calls `visit` with every event of the log and its line, oldest first: what logrotate kept as
// events.jsonl.1, then events.jsonl. Returns how many lines were none of ours. A log that is not
// there has no lines. Error: io.
[[nodiscard]] base::Result<std::uint64_t> read_event_log(
    const std::string& directory,
    const std::function<void(const Event&, std::string_view line)>& visit);

}  // namespace bulkhead::audit
