// Times as text: RFC 3339 in UTC with milliseconds, "2026-11-24T07:00:01.250Z".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace bulkhead::base {

// Seconds since 1970; what is beyond the year 9999 is the end of it.
[[nodiscard]] std::string utc_time(std::uint64_t seconds, std::uint32_t milliseconds);
// Now, by the clock that the kernel stamps its audit records with (to a tick, some milliseconds): a
// denial is never older than what happened before it.
[[nodiscard]] std::string utc_now();

// "2026-11-24 07:00:01" of such a time; a text that is none stays as it is.
[[nodiscard]] std::string readable_time(const std::string& time);

// Seconds since 1970 of such a time, to the second; nothing where the text begins otherwise.
[[nodiscard]] std::optional<std::int64_t> seconds_of_utc(const std::string& time);

}  // namespace bulkhead::base
