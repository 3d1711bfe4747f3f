// Whether the conditions of one rule can hold together.
#pragma once

#include <string>
#include <vector>

#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

// Why no argument of 64 bits meets all conditions: "argument 1 cannot be both 2 and 3"; empty when
// some does, or when it is not decided here (ranges mixed with masks are not).
[[nodiscard]] std::string contradiction(const std::vector<oci_config::ArgCondition>& conditions);

}  // namespace bulkhead::policy
