// Is there a value, a word or a whole argument, that meets all of these conditions, and which? The
// conditions are the two kinds to which every comparison of a seccomp filter reduces, and their
// negations.
//
// The general question (masked inequalities) is satisfiability of clauses over 64 bits, so a bound
// on work is part of the answer; what filters contain is settled in a few steps.
//
// docs/how-the-analysis-works.md: "Decisions".
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "policy/graph/work_budget.h"

namespace bulkhead::policy {

struct ValueCondition {
  bool at_least = false;  // (of & mask) >= value; else (of & mask) == value
  bool holds = true;      // false: the negation
  std::uint64_t mask = ~0ULL;
  std::uint64_t value = 0;
  bool operator==(const ValueCondition&) const = default;
};

[[nodiscard]] bool meets(std::uint64_t value, const ValueCondition& condition);
[[nodiscard]] bool meets(std::uint64_t value, std::span<const ValueCondition> conditions);

// The smallest value that meets every condition; nothing when there is none. When the budget is
// exhausted afterwards, "nothing" means "not known".
[[nodiscard]] std::optional<std::uint64_t> smallest_value(
    std::span<const ValueCondition> conditions, WorkBudget& budget);

}  // namespace bulkhead::policy
