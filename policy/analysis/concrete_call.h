// One call with given arguments, held against a decision.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/analysis/filter_decision.h"

namespace bulkhead::policy {

// Arguments that are left out are 0.
using CallArguments = std::vector<std::uint64_t>;

[[nodiscard]] bool meets(const CallArguments& arguments, const ArgTest& test);

// The one case that the call belongs to. The cases must be those of a FilterDecision, which cover
// every call.
[[nodiscard]] const DecisionCase& case_of(const DecisionCases& cases,
                                          const CallArguments& arguments);

}  // namespace bulkhead::policy
