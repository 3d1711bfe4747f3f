// Gives a stopped, traced task the AppArmor label that its next execve(2) takes.
#pragma once

#include <string>

#include "base/error.h"
#include "kernel/remote_calls.h"

namespace bulkhead::kernel {

// Writes "exec <label>" to the task's own attr file, as a runtime does: nobody but the task itself
// may. Works for a task that is unconfined, with no_new_privs too. The label must be loaded.
// Errors (code kernel): the task's root shows no /proc; the label is not loaded (ENOENT); the step
// and what the kernel said.
[[nodiscard]] base::Result<void> set_exec_label(RemoteCalls& calls, const std::string& label);

}  // namespace bulkhead::kernel
