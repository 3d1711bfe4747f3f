// Small files of /proc, read whole.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace bulkhead::kernel {

// "/proc/42/status" for root "/proc", process 42 and "status".
[[nodiscard]] std::string proc_path(const std::string& root, pid_t pid, std::string_view file);

// Errors (code kernel): cannot be opened or read; more than 1 MiB.
[[nodiscard]] base::Result<std::string> read_proc_file(const std::string& path);

}  // namespace bulkhead::kernel
