// What the node's policy says of one container: everything that a decision asks of it. Made once a
// start; after the decision the Plan says what holds, and nobody asks the policy again.
#pragma once

#include "policy/settings/policy.h"
#include "policy/values/identity.h"

namespace bulkhead::policy {

struct ContainerPolicy {
  Mode mode = Mode::enforce;
  Prove prove = Prove::always;
  bool has_rules_by_name = false;  // some rule of the node matches by name, for whatever container
  EffectiveSettings settings;
};

[[nodiscard]] ContainerPolicy policy_for(const Identity& identity, const Policy& policy);

}  // namespace bulkhead::policy
