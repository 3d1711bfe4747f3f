// The answer of policy/decide/enforce_answer.h once the kernel has shown what holds.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/decide/enforce_answer.h"
#include "policy/proof/verdict.h"

namespace bulkhead::policy {

// Whether enforce would have had a filter installed that the runtime's document does not hold.
enum class GateAdds : std::uint8_t { nothing, filters };
[[nodiscard]] GateAdds what_gate_adds(const Plan& plan);

// What differs in a thing that enforce would have changed, or that the gate would have added, is no
// refusal: enforce would have made it hold. Anything else that differs would have been refused.
[[nodiscard]] EnforceAnswer shown_answer(const Plan& plan, GateAdds gate,
                                         const std::vector<Difference>& differences);

}  // namespace bulkhead::policy
