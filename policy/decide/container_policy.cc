#include "policy/decide/container_policy.h"

#include <algorithm>

namespace bulkhead::policy {

namespace {

bool matches_by_name(const Rule& rule) {
  const RuleMatch& match = rule.match;
  return match.engine || match.namespace_ || match.pod || match.container || match.image;
}

}  // namespace

ContainerPolicy policy_for(const Identity& identity, const Policy& policy) {
  return {.mode = policy.mode.value,
          .prove = policy.prove.value,
          .has_rules_by_name = std::ranges::any_of(policy.rules, matches_by_name),
          .settings = effective_settings(policy, identity)};
}

}  // namespace bulkhead::policy
