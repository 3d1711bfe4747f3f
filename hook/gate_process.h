// The process that the hook leaves behind to hold the container's init (kernel/gate/gate.h).
#pragma once

#include <sys/types.h>

#include <functional>

#include "base/error.h"
#include "kernel/gate/gate.h"

namespace bulkhead::hook {

// What the gate's process does beside holding; both run in it.
struct GateDuties {
  std::function<void()> when_held;  // before the hook returns; stderr is still the hook's
  std::function<void(const kernel::GateOutcome&)> conclude;  // at the end
};

// Starts the gate, and ends this process with code 0 once the init is held; comes back only where
// it cannot be. Errors: those of kernel::Gate::attach; the gate died.
//
// The gate shares this process's memory instead of a copy of it, which halves what it costs: until
// it holds, this process only waits, and then ends without a destructor, so that nothing that the
// order or the duties refer to goes away. The gate becomes a session of its own and lets go of
// every descriptor that it inherited (a runtime waits until a hook's stdout and stderr close).
[[nodiscard]] base::Error leave_gate_behind(kernel::GateOrder order, const GateDuties& duties);

}  // namespace bulkhead::hook
