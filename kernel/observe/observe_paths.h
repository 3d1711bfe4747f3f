// Looks at paths inside the root of a stopped task, by openat2(2) (Linux 5.6).
//
// No path inside is trusted: names and links are followed as the container itself would follow them
// and never lead out of its root, and nothing is opened but directories that are to be empty. A
// link that depends on who follows it, as /proc/self does, leads nowhere for this process.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"
#include "policy/proof/observed_state.h"

namespace bulkhead::kernel {

// Errors (code kernel): a path that cannot be looked at for another reason than that it is not
// there (ENOENT, ENOTDIR); magic links (/proc/<pid>/fd/…) are such a reason.
[[nodiscard]] base::Result<policy::ObservedPaths> observe_paths(pid_t stopped,
                                                                const policy::PlannedPaths& planned,
                                                                const std::string& proc_root);

}  // namespace bulkhead::kernel
