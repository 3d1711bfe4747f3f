// Whether a stopped task's working directory is one of its container's. A runtime that changes into
// a directory by a descriptor of its own leaves the program outside of the root that it was given
// (CVE-2024-21626), where no descriptor tells of it any more.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bulkhead::kernel {

// True where it lies on no mount that the task can see below its root. Needs STATX_MNT_ID (Linux
// 5.8); without it nothing is known, and the answer is false. `root` is the task's root directory.
// Errors (code kernel): it cannot be looked at.
[[nodiscard]] base::Result<bool> is_working_directory_outside(pid_t stopped,
                                                              const base::UniqueFd& root,
                                                              const std::string& proc_root);

}  // namespace bulkhead::kernel
