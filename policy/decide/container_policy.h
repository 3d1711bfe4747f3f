// What the node's policy says of one container: everything that a decision asks of it. Made once a
// start; after the decision the Plan says what holds, and nobody asks the policy again.
#pragma once

#include <string_view>

#include "policy/settings/policy.h"
#include "policy/values/identity.h"

namespace bulkhead::policy {

struct ContainerPolicy {
  Mode mode = Mode::enforce;
  Prove prove = Prove::always;  // never for a runtime that is trusted unproved
  MaybeSetting<TrustedRuntime> trusted_runtime;
  bool has_rules_by_name = false;  // some rule of the node matches by name, for whatever container
  EffectiveSettings settings;
};

// `runtime_path` is of the real runtime; empty where it is not known, which trusts none.
[[nodiscard]] ContainerPolicy policy_for(const Identity& identity, const Policy& policy,
                                         std::string_view runtime_path = {});

}  // namespace bulkhead::policy
