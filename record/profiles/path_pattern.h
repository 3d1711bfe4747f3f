// What a person would write for a path that was seen: parts of names that differ from one start to
// the next become globs. Pure.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::record {

// "/proc/1/maps" → "/proc/@{pid}/maps", "/tmp/tmpa1b2c3d4" → "/tmp/tmp*", "/var/lib/x/20260101" →
// "/var/lib/x/[0-9]*". A pattern of apparmor.d(5) that matches at least that path.
[[nodiscard]] std::string pattern_of(std::string_view path);

// Whether programs keep things of theirs there: temporary files.
[[nodiscard]] bool is_temporary(std::string_view path);

}  // namespace bulkhead::record
