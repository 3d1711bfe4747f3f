// Is there a 32-bit word that meets all of these conditions, and which? The conditions are the two
// kinds to which every comparison of a seccomp filter reduces, and their negations.
//
// The general question (masked inequalities) is satisfiability of clauses over 32 bits, so a bound
// on work is part of the answer; what filters contain is settled in a few steps.
//
// docs/how-the-analysis-works.md: "Comparing".
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace bulkhead::policy {

struct WordCondition {
  bool at_least = false;  // (word & mask) >= value; else (word & mask) == value
  bool holds = true;      // false: the negation
  std::uint32_t mask = 0xffffffff;
  std::uint32_t value = 0;
  bool operator==(const WordCondition&) const = default;
};

[[nodiscard]] bool meets(std::uint32_t word, const WordCondition& condition);

// Work done so far and how much is allowed; shared by all that one question costs.
struct WorkBudget {
  std::uint64_t left = 0;
  [[nodiscard]] bool spend(std::uint64_t steps) {
    left = left > steps ? left - steps : 0;
    return left > 0;
  }
  [[nodiscard]] bool exhausted() const { return left == 0; }
};

// The smallest word that meets every condition; nothing when there is none. When the budget is
// exhausted afterwards, "nothing" means "not known".
[[nodiscard]] std::optional<std::uint32_t> smallest_word(
    const std::vector<WordCondition>& conditions, WorkBudget& budget);

}  // namespace bulkhead::policy
