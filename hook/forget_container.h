// poststop: removes the container's record, and records that a crash left behind. Of two containers
// of one id the bundle, and which process is gone, tell which it is.
#pragma once

#include "base/paths.h"

namespace bulkhead::hook {

// Returns the exit code, which is 0: a hook that fails here keeps the runtime from running the
// user's own hooks behind it, and what cannot be read or removed is said. The record of a container
// that has not stopped by its state's word stays.
[[nodiscard]] int forget_container(const base::Paths& paths);

}  // namespace bulkhead::hook
