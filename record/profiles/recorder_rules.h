// The rules of a recording profile (kernel/apparmor/recording_profile.h) for what is recorded
// already, so that the kernel does not record it one by one again. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "record/values/access.h"

namespace bulkhead::record {

// Lines, "  /etc/* r,\n". They allow what a profile made of these accesses would, and what was seen
// and is left out of that: all of it is known. None where they would take more than
// kMostRuleBytes: compiling them would then cost more than recording again.
inline constexpr std::size_t kMostRuleBytes = 64 << 10;
[[nodiscard]] std::string recorder_rules(const Accesses::Map& accesses);

}  // namespace bulkhead::record
