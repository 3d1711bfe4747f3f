// A profile less some calls: what is denied whatever the profile says (seccomp.deny).
#pragma once

#include <optional>
#include <vector>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"
#include "policy/syscalls/call_pattern.h"

namespace bulkhead::policy {

// A profile that allows everything on these architectures but the calls. An argument is compared by
// its low 32 bits, as the kernel takes an int, where the value has no more.
[[nodiscard]] oci_config::SeccompProfile all_but(
    const std::vector<CallPattern>& denied, const std::vector<oci_config::SeccompArch>& arches);

// The expanded profile less the calls. Nothing where one profile cannot say it, or cannot be shown
// to say it: a condition on the same argument that no single one can replace. What is returned has
// been compared with both: it allows nothing that the profile does not, and none of the calls. Not
// covered: a 32-bit program's socketcall or ipc in the place of the call. Errors: those of
// excess().
[[nodiscard]] base::Result<std::optional<oci_config::SeccompProfile>> without_calls(
    const oci_config::SeccompProfile& profile, const std::vector<CallPattern>& denied,
    oci_config::SeccompArch native);

}  // namespace bulkhead::policy
