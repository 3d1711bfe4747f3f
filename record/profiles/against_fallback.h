// What a profile takes away from the fallback, and whether it allows anything more: exactly, for
// every architecture, number and argument. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::record {

struct AgainstFallback {
  std::string
      taken_away;  // "takes away 290 of the 350 calls that runtime/default allows on x86_64; …"
  std::string allows_more;  // "allows nothing that runtime/default does not"
  bool is_looser = false;
};

// Both expanded. Errors: those of policy::excess.
[[nodiscard]] base::Result<AgainstFallback> compare_with_fallback(
    const oci_config::SeccompProfile& profile, const oci_config::SeccompProfile& fallback,
    oci_config::SeccompArch native);

}  // namespace bulkhead::record
