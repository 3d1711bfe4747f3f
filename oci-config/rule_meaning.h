// What runtimes make of a rule's conditions (libseccomp, runc and crun), where the specification
// says otherwise or nothing.
#pragma once

#include <vector>

#include "oci-config/seccomp_profile.h"

namespace bulkhead::oci_config {

// The lists of conditions of which each is enough by itself: the rule's own, or, where several look
// at one argument (repeated_index), a list for each. One empty list where there are none.
[[nodiscard]] std::vector<std::vector<ArgCondition>> alternatives_of(
    const std::vector<ArgCondition>& conditions);

// Whether a condition looks at all 64 bits of an argument, and not at its low half alone.
[[nodiscard]] bool has_wide_arguments(SeccompArch arch);

}  // namespace bulkhead::oci_config
