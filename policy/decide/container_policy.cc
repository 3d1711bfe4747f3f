#include "policy/decide/container_policy.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "policy/settings/rule_match.h"

namespace bulkhead::policy {

namespace {

MaybeSetting<TrustedRuntime> trusted_runtime(const Policy& policy, std::string_view runtime_path) {
  const TrustedRuntime* const trusted = trusted_unproved(policy, runtime_path);
  if (trusted == nullptr) return std::nullopt;
  return Setting<TrustedRuntime>{*trusted, policy.runtimes_trusted_unproved.origin};
}

}  // namespace

ContainerPolicy policy_for(const Identity& identity, const Policy& policy,
                           std::string_view runtime_path) {
  auto trusted = trusted_runtime(policy, runtime_path);
  return {.mode = policy.mode.value,
          .prove = trusted ? Prove::never : policy.prove.value,
          .trusted_runtime = std::move(trusted),
          .has_rules_by_name = std::ranges::any_of(policy.rules, matches_by_name, &Rule::match),
          .settings = effective_settings(policy, identity)};
}

}  // namespace bulkhead::policy
