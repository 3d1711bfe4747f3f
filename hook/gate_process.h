// The process that the hook leaves behind to hold the container's init (kernel/gate.h).
#pragma once

#include <sys/types.h>

#include <functional>

#include "base/error.h"
#include "kernel/gate.h"

namespace bulkhead::hook {

// Forks. The child becomes a session of its own, lets go of every descriptor that it inherited (a
// runtime waits until a hook's stdout and stderr close), attaches, and runs the gate; `conclude` is
// called in it with the outcome, and then it exits. Returns the child's pid once the gate holds.
// Errors: those of kernel::Gate::attach, passed on by the child; the child died.
[[nodiscard]] base::Result<pid_t> leave_gate_behind(
    const kernel::GateOrder& order,
    const std::function<void(const kernel::GateOutcome&)>& conclude);

}  // namespace bulkhead::hook
