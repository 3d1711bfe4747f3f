#include "policy/analysis/concrete_call.h"

#include <algorithm>

namespace bulkhead::policy {

using oci_config::SeccompOperator;

bool meets(const CallArguments& arguments, const ArgTest& test) {
  std::uint64_t argument = test.index < arguments.size() ? arguments[test.index] : 0;
  if (test.part == ArgPart::low_half) argument &= 0xffffffff;
  if (test.part == ArgPart::high_half) argument >>= 32U;
  argument &= test.mask;
  switch (test.op) {
    case SeccompOperator::ne: return argument != test.value;
    case SeccompOperator::lt: return argument < test.value;
    case SeccompOperator::le: return argument <= test.value;
    case SeccompOperator::eq:
    case SeccompOperator::masked_eq: return argument == test.value;
    case SeccompOperator::ge: return argument >= test.value;
    case SeccompOperator::gt: return argument > test.value;
  }
  return false;
}

const DecisionCase& case_of(const DecisionCases& cases, const CallArguments& arguments) {
  return *std::ranges::find_if(cases, [&](const DecisionCase& one) {
    return std::ranges::all_of(one.conditions,
                               [&](const ArgTest& test) { return meets(arguments, test); });
  });
}

}  // namespace bulkhead::policy
