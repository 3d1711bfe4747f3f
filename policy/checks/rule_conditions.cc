#include "policy/checks/rule_conditions.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace bulkhead::policy {

using oci_config::ArgCondition;
using oci_config::SeccompOperator;

namespace {

// A mask that hides bits of the wanted value is none: libseccomp drops those bits.
bool never_holds(const ArgCondition& condition) {
  return (condition.op == SeccompOperator::lt && condition.value == 0) ||
         (condition.op == SeccompOperator::gt && condition.value == UINT64_MAX);
}

std::string words_of(const ArgCondition& condition) {
  return base::cat("argument ", condition.index,
                   condition.op == SeccompOperator::lt ? " < " : " > ", base::hex(condition.value),
                   " never holds");
}

}  // namespace

std::string contradiction(const std::vector<ArgCondition>& conditions) {
  const auto never = std::ranges::find_if(conditions, never_holds);
  if (never == conditions.end()) return {};
  const bool one_is_enough = oci_config::repeated_index(conditions).has_value();
  if (one_is_enough && !std::ranges::all_of(conditions, never_holds)) return {};
  return words_of(*never);
}

}  // namespace bulkhead::policy
