// Whether any call meets the conditions of one rule.
#pragma once

#include <string>
#include <vector>

#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

// Why no call meets the conditions as runtimes read them: "argument 0 < 0x0 never holds"; empty
// when some does.
[[nodiscard]] std::string contradiction(const std::vector<oci_config::ArgCondition>& conditions);

}  // namespace bulkhead::policy
