// A rootless engine runs shim and hook in a user namespace, as a user of the node: the node's log
// and records are not theirs to write. Every start would warn of that, and Podman shows the first
// such line in place of what really went wrong.
#pragma once

#include <string>

namespace bulkhead::admission {

// Whether this process is in a user namespace and may not write in the directory, which need not
// exist. Asked only after a failure.
[[nodiscard]] bool is_not_ours_to_write(const std::string& directory);

}  // namespace bulkhead::admission
