// poststop: removes the container's record, and records that a crash left behind.
#pragma once

#include "base/paths.h"

namespace bulkhead::hook {

// Returns the exit code. What cannot be removed is said, and is no failure: the container is gone.
[[nodiscard]] int forget_container(const base::Paths& paths);

}  // namespace bulkhead::hook
