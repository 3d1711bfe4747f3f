// Reads the namespaces that a task is in.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "policy/proof/observed_state.h"

namespace bulkhead::kernel {

// Of the planned types, in their order, beside those of this process. The device is 0 where none of
// them is to be joined: then only inodes are compared. Errors (code kernel): a kernel without that
// type; a task that this process may not look at.
[[nodiscard]] base::Result<std::vector<policy::ObservedNamespace>> observe_namespaces(
    pid_t task, const std::vector<policy::PlannedNamespace>& planned, const std::string& proc_root);

// Which namespace stands at a path, as config.json names one to join.
[[nodiscard]] base::Result<policy::NamespaceId> namespace_at(const std::string& path);

}  // namespace bulkhead::kernel
