// Lists what a stopped task has open beyond its standard streams.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "policy/proof/observed_state.h"

namespace bulkhead::kernel {

// Descriptors above 2, by number. After execve(2) none that is close-on-exec is left, so at the
// exec event these are what the program inherits. Errors: kernel.
[[nodiscard]] base::Result<std::vector<policy::ObservedDescriptor>> observe_descriptors(
    pid_t stopped, const std::string& proc_root);

}  // namespace bulkhead::kernel
