// Reads whom a stopped task runs as.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"
#include "kernel/tasks/task_status.h"
#include "policy/proof/observed_state.h"

namespace bulkhead::kernel {

// `status` is the task's; `with_mappings` reads those of its user namespace as well. Errors:
// kernel.
[[nodiscard]] base::Result<policy::ObservedUser> observe_user(pid_t stopped, TaskStatus status,
                                                              bool with_mappings,
                                                              const std::string& proc_root);

// "0 100000 65536" a line, as /proc/<pid>/uid_map has them: inside, outside, size.
[[nodiscard]] base::Result<std::vector<oci_config::IdMapping>> parse_id_map(
    std::string_view text, std::string_view described);

}  // namespace bulkhead::kernel
