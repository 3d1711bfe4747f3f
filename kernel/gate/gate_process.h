// The process that holds a container beside the program that opened the gate: a session of its own,
// nobody's child, with none of the descriptors that its opener had.
#pragma once

#include <sys/types.h>

#include <functional>

#include "base/error.h"

namespace bulkhead::kernel {

inline constexpr int kFirstKeptDescriptor = 4;

// What the gate's process does; all of it runs there.
struct GateDuties {
  std::function<base::Result<void>()> attach;  // to what it shall hold
  std::function<void()> when_held;             // while stderr is still the opener's
  std::function<void()> run;                   // to the end
  // The one descriptor of the opener's that the gate keeps, kFirstKeptDescriptor or above; -1:
  // none.
  int kept_descriptor = -1;
};

// Starts the gate, and returns once it holds. Errors: that of `attach`; the gate died.
//
// The gate shares this process's memory instead of a copy of it, which halves what it costs. So on
// success the caller has nothing left to do but to execute a program or to end, without allocating,
// and without a destructor of anything that the duties refer to.
[[nodiscard]] base::Result<void> start_gate(const GateDuties& duties);

// Whether a tracer is a gate of Bulkhead on this node: it runs a program of Bulkhead's, a file
// "bulkhead-…" that only root or the caller could have written, and is in the same mount, pid and
// user namespace as the caller, where no container's process is. None of these programs traces but
// as a gate.
[[nodiscard]] bool is_gate(pid_t process);

}  // namespace bulkhead::kernel
