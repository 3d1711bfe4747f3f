// Two conditions on one argument, as the one condition that holds exactly where both do.
//
// docs/how-the-analysis-works.md: "Two profiles as one".
#pragma once

#include <cstdint>

#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

enum class Conjunction : std::uint8_t {
  one,           // `condition` says it
  never,         // no value satisfies both
  inexpressible  // no single condition of a profile is known to say it
};

struct JoinedCondition {
  Conjunction kind = Conjunction::inexpressible;
  oci_config::ArgCondition condition;
};

// Both on the same index. Values are compared as 64-bit numbers; who cuts them for 32-bit
// architectures must check the result there.
[[nodiscard]] JoinedCondition join_conditions(const oci_config::ArgCondition& a,
                                              const oci_config::ArgCondition& b);

}  // namespace bulkhead::policy
