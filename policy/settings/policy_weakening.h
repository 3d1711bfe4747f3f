// Which of a rule's settings make a container weaker than it would be without the rule.
#pragma once

#include <string>
#include <vector>

#include "policy/settings/policy.h"

namespace bulkhead::policy {

struct Weakening {
  std::string key;     // "seccomp.unset"
  std::string change;  // "'keep' where 'runtime-default' holds otherwise"
  Origin origin;       // of the rule's setting
};

// Compares the rule at `index` of policy.rules with what is around it: the global settings, and the
// rules consulted after it that may match the same container (two globs that differ are taken to
// overlap; two plain words that differ are not). What cannot be compared, one floor with another,
// counts as weaker.
[[nodiscard]] std::vector<Weakening> weakenings(const Policy& policy, std::size_t index);

}  // namespace bulkhead::policy
