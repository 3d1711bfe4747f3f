// Appending lines to a log that logrotate may rename at any time. The one file that uses spdlog is
// append_log.cc; `bulkhead watch` shares it.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace bulkhead::audit {

inline constexpr std::size_t kMaxLineBytes = 64 * 1024;

// Appends one line (a newline is added) with a single write(2) on an O_APPEND descriptor opened for
// this call: rotation by rename loses nothing, and lines of several processes do not mix. The
// directory is created where it is missing. Errors (io): cannot be opened or written; a full disk
// may leave a part of the line, which the error says.
[[nodiscard]] base::Result<void> append_line(const std::string& directory, const std::string& name,
                                             std::string_view line);

}  // namespace bulkhead::audit
