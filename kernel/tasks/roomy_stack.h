// A stack to work on, where a hard limit (RLIMIT_STACK) that may not be raised keeps the program's
// first one from growing to what the work needs: crun runs hooks under the container's limits.
#pragma once

#include <functional>

namespace bulkhead::kernel {

// Runs `work` and returns what it returned: where the stack may grow to 1 MiB simply so, else on a
// mapping of that size. Where that cannot be had either, simply so as well.
[[nodiscard]] int on_roomy_stack(const std::function<int()>& work);

}  // namespace bulkhead::kernel
