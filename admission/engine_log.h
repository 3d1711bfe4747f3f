// The runtime log that an engine names with --log: where containerd and CRI-O look for the sentence
// that they show to people.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace bulkhead::admission {

// One line as runc's logrus writes it, newline included: format "json" gives
// {"level":"error","msg":…,"time":…}, anything else time="…" level=error msg="…".
[[nodiscard]] std::string engine_log_line(std::string_view message, std::string_view format,
                                          std::string_view time);

// Appends the message to the file (created if missing). Error: io.
[[nodiscard]] base::Result<void> write_engine_log(const std::string& path, std::string_view format,
                                                  std::string_view message);

}  // namespace bulkhead::admission
