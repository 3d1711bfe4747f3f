// From an expanded profile to a program, through libseccomp. This costs 6 to 14 ms for a default
// profile: never on the path of a container's start without a cache in front of it.
#pragma once

#include "base/error.h"
#include "oci-config/seccomp_profile.h"
#include "policy/filter.h"

namespace bulkhead::kernel {

// Errors: invalid_input (the profile cannot be compiled; names rule and reason), internal.
// Syscall names that libseccomp does not know on an architecture are skipped, as runtimes do.
[[nodiscard]] base::Result<policy::FilterProgram> compile_seccomp(
    const oci_config::SeccompProfile& expanded);

// compile_seccomp and then the self-check of policy/filter_decision.h: a program that does not
// answer as the profile says is an internal error with a witness, never trusted.
[[nodiscard]] base::Result<policy::FilterProgram> compile_seccomp_checked(
    const oci_config::SeccompProfile& expanded);

}  // namespace bulkhead::kernel
