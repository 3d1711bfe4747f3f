// The gate's two changes of AppArmor labels: that which a container's init takes at its next
// execve(2), and its own.
#pragma once

#include <string>

#include "base/error.h"
#include "kernel/remote/remote_calls.h"

namespace bulkhead::kernel {

// Writes "exec <label>" to the task's own attr file, as a runtime does: nobody but the task itself
// may. Works for a task that is unconfined, with no_new_privs too. The label must be loaded.
// Errors (code kernel): the task's root shows no /proc; the label is not loaded (ENOENT); the step
// and what the kernel said.
[[nodiscard]] base::Result<void> set_exec_label(RemoteCalls& calls, const std::string& label);

// Takes this process out of a profile that confines it; nothing to do where none does. At an execve
// the kernel asks the new profile whether the task's tracer may trace it, and most profiles allow
// that to unconfined tracers only. Error (code kernel): the profile has no rule
// `change_profile -> unconfined`.
[[nodiscard]] base::Result<void> leave_own_profile();

}  // namespace bulkhead::kernel
