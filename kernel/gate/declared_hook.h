// Whether a process executes one of the hooks that config.json declares.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>

namespace bulkhead::kernel {

// The process is stopped at its exec event. A program is known by its file (device and inode of the
// hook's path, below the root directory of the process); a script by its path among the arguments
// of its interpreter.
[[nodiscard]] bool executes_declared_hook(pid_t process, std::span<const std::string> hook_paths);

}  // namespace bulkhead::kernel
