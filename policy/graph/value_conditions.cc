#include "policy/graph/value_conditions.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace bulkhead::policy {

namespace {

constexpr std::uint64_t kHighestBit = 1ULL << 63;

enum class Outcome : std::uint8_t { open, met, broken };

// What choosing `bit` (a single set bit, or 0 for a chosen zero) at `position` says of a condition
// that all higher bits left open, that is, whose masked higher bits equal those of its value.
Outcome after_bit(const ValueCondition& condition, std::uint64_t position, bool chosen) {
  const bool masked = chosen && (condition.mask & position) != 0;
  const bool wanted = (condition.value & position) != 0;
  if (masked == wanted) return Outcome::open;
  const bool true_now = condition.at_least && masked;  // greater than the value from here on
  return true_now == condition.holds ? Outcome::met : Outcome::broken;
}

// Equal in all bits: an equality and "at least" are both true.
bool met_when_equal(const ValueCondition& condition) { return condition.holds; }

// Depth first from the most significant bit, the zero first, so the first word found is the
// smallest. `open` holds the conditions that the chosen bits leave open, level by level on one
// stack.
class BitSearch {
 public:
  BitSearch(std::span<const ValueCondition> conditions, WorkBudget& budget)
      : open_(conditions.begin(), conditions.end()), budget_(budget) {}

  std::optional<std::uint64_t> run() {
    if (descend(0, open_.size(), kHighestBit, 0)) return found_;
    return std::nullopt;
  }

 private:
  bool descend(std::size_t begin, std::size_t end, std::uint64_t position, std::uint64_t value) {
    if (begin == end) return accept(value);
    if (position == 0) return all_met_when_equal(begin, end) && accept(value);
    if (choose(begin, end, position, value, false)) return true;
    return matters(begin, end, position) && choose(begin, end, position, value, true);
  }

  // A bit that no open condition looks at leads to the same end either way.
  [[nodiscard]] bool matters(std::size_t begin, std::size_t end, std::uint64_t position) const {
    for (std::size_t i = begin; i < end; ++i) {
      if ((open_[i].mask & position) != 0) return true;
    }
    return false;
  }

  bool choose(std::size_t begin, std::size_t end, std::uint64_t position, std::uint64_t value,
              bool bit) {
    if (!budget_.spend(1 + end - begin)) return false;
    open_.resize(end);
    for (std::size_t i = begin; i < end; ++i) {
      const ValueCondition condition = open_[i];
      const Outcome outcome = after_bit(condition, position, bit);
      if (outcome == Outcome::broken) return false;
      if (outcome == Outcome::open) open_.push_back(condition);
    }
    return descend(end, open_.size(), position >> 1, bit ? value | position : value);
  }

  bool all_met_when_equal(std::size_t begin, std::size_t end) const {
    for (std::size_t i = begin; i < end; ++i) {
      if (!met_when_equal(open_[i])) return false;
    }
    return true;
  }

  bool accept(std::uint64_t value) {
    found_ = value;
    return true;
  }

  std::vector<ValueCondition> open_;
  WorkBudget& budget_;
  std::uint64_t found_ = 0;
};

}  // namespace

bool meets(std::uint64_t value, const ValueCondition& condition) {
  const std::uint64_t masked = value & condition.mask;
  const bool holds = condition.at_least ? masked >= condition.value : masked == condition.value;
  return holds == condition.holds;
}

bool meets(std::uint64_t value, std::span<const ValueCondition> conditions) {
  return std::ranges::all_of(conditions, [&](const auto& one) { return meets(value, one); });
}

std::optional<std::uint64_t> smallest_value(std::span<const ValueCondition> conditions,
                                            WorkBudget& budget) {
  return BitSearch(conditions, budget).run();
}

}  // namespace bulkhead::policy
