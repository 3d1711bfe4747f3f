// Which processes run under which AppArmor label, as aa-status(8) tells it.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace bulkhead::kernel {

// Label ("a//&b" for a stack) → processes; unconfined ones are left out, and so are those whose
// label cannot be read. Threads count as their process.
[[nodiscard]] std::map<std::string, std::vector<pid_t>> confined_processes(
    const std::string& proc_root = "/proc");

}  // namespace bulkhead::kernel
