#include "policy/checks/rule_conditions.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.h"

namespace bulkhead::policy {

using oci_config::ArgCondition;
using oci_config::SeccompOperator;

namespace {

bool holds(const ArgCondition& condition, std::uint64_t argument) {
  switch (condition.op) {
    case SeccompOperator::ne: return argument != condition.value;
    case SeccompOperator::lt: return argument < condition.value;
    case SeccompOperator::le: return argument <= condition.value;
    case SeccompOperator::eq: return argument == condition.value;
    case SeccompOperator::ge: return argument >= condition.value;
    case SeccompOperator::gt: return argument > condition.value;
    case SeccompOperator::masked_eq: return (argument & condition.value) == condition.value_two;
  }
  return false;
}

std::string words_of(const ArgCondition& condition) {
  const std::string value = base::hex(condition.value);
  switch (condition.op) {
    case SeccompOperator::ne: return base::cat("!= ", value);
    case SeccompOperator::lt: return base::cat("< ", value);
    case SeccompOperator::le: return base::cat("<= ", value);
    case SeccompOperator::eq: return base::cat("== ", value);
    case SeccompOperator::ge: return base::cat(">= ", value);
    case SeccompOperator::gt: return base::cat("> ", value);
    case SeccompOperator::masked_eq:
      return base::cat("& ", value, " == ", base::hex(condition.value_two));
  }
  return value;
}

bool never_holds(const ArgCondition& condition) {
  switch (condition.op) {
    case SeccompOperator::lt: return condition.value == 0;
    case SeccompOperator::gt: return condition.value == UINT64_MAX;
    case SeccompOperator::masked_eq: return (condition.value_two & ~condition.value) != 0;
    case SeccompOperator::ne:
    case SeccompOperator::le:
    case SeccompOperator::eq:
    case SeccompOperator::ge: return false;
  }
  return false;
}

struct Interval {
  std::uint64_t low = 0;
  std::uint64_t high = UINT64_MAX;
};

// The values of a comparison by order; nothing for the others. Those that never hold are told apart
// before, so that no bound wraps around.
std::optional<Interval> interval_of(const ArgCondition& condition) {
  switch (condition.op) {
    case SeccompOperator::lt: return Interval{0, condition.value - 1};
    case SeccompOperator::le: return Interval{0, condition.value};
    case SeccompOperator::ge: return Interval{condition.value, UINT64_MAX};
    case SeccompOperator::gt: return Interval{condition.value + 1, UINT64_MAX};
    case SeccompOperator::eq:
    case SeccompOperator::ne:
    case SeccompOperator::masked_eq: return std::nullopt;
  }
  return std::nullopt;
}

bool exclude_each_other(const ArgCondition& a, const ArgCondition& b) {
  if (a.op == SeccompOperator::eq) return !holds(b, a.value);
  if (b.op == SeccompOperator::eq) return !holds(a, b.value);
  if (a.op == SeccompOperator::masked_eq && b.op == SeccompOperator::masked_eq) {
    return ((a.value_two ^ b.value_two) & a.value & b.value) != 0;
  }
  const auto first = interval_of(a);
  const auto second = interval_of(b);
  return first && second && std::max(first->low, second->low) > std::min(first->high, second->high);
}

}  // namespace

std::string contradiction(const std::vector<ArgCondition>& conditions) {
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const ArgCondition& a = conditions[i];
    if (never_holds(a)) {
      return base::cat("argument ", a.index, " ", words_of(a), " never holds");
    }
    for (std::size_t j = 0; j < i; ++j) {
      const ArgCondition& b = conditions[j];
      if (a.index != b.index || never_holds(b) || !exclude_each_other(a, b)) continue;
      return base::cat("argument ", a.index, " cannot be ", words_of(b), " and ", words_of(a));
    }
  }
  return {};
}

}  // namespace bulkhead::policy
