// The few ptrace(2) requests that gate and observer share, with errors in sentences.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "base/error.h"

namespace bulkhead::kernel {

// PTRACE_SEIZE with PTRACE_O_* options: attaches without stopping. Errors (code kernel, with what
// to do): kernel.yama.ptrace_scope=3, a security module, another tracer (named), no such task.
[[nodiscard]] base::Result<void> seize(pid_t task, std::uintptr_t options);

// The same, after those who are tracing the task for a moment, as `bulkhead verify` does: tries
// again for up to two seconds while it has another tracer.
[[nodiscard]] base::Result<void> seize_in_turn(pid_t task, std::uintptr_t options);

}  // namespace bulkhead::kernel
