#include "policy/filter/word_constraints.h"

#include <cstddef>

namespace bulkhead::policy {

namespace {

enum class Outcome : std::uint8_t { open, met, broken };

// What choosing `bit` (a single set bit, or 0 for a chosen zero) at `position` says of a condition
// that all higher bits left open, that is, whose masked higher bits equal those of its value.
Outcome after_bit(const WordCondition& condition, std::uint32_t position, bool chosen) {
  const bool masked = chosen && (condition.mask & position) != 0;
  const bool wanted = (condition.value & position) != 0;
  if (masked == wanted) return Outcome::open;
  const bool true_now = condition.at_least && masked;  // greater than the value from here on
  return true_now == condition.holds ? Outcome::met : Outcome::broken;
}

// Equal in all bits: an equality and "at least" are both true.
bool met_when_equal(const WordCondition& condition) { return condition.holds; }

// Depth first from the most significant bit, the zero first, so the first word found is the
// smallest. `open` holds the conditions that the chosen bits leave open, level by level on one
// stack.
class BitSearch {
 public:
  BitSearch(const std::vector<WordCondition>& conditions, WorkBudget& budget)
      : open_(conditions), budget_(budget) {}

  std::optional<std::uint32_t> run() {
    if (descend(0, open_.size(), 0x80000000, 0)) return found_;
    return std::nullopt;
  }

 private:
  bool descend(std::size_t begin, std::size_t end, std::uint32_t position, std::uint32_t word) {
    if (begin == end) return accept(word);
    if (position == 0) return all_met_when_equal(begin, end) && accept(word);
    if (choose(begin, end, position, word, false)) return true;
    return matters(begin, end, position) && choose(begin, end, position, word, true);
  }

  // A bit that no open condition looks at leads to the same end either way.
  [[nodiscard]] bool matters(std::size_t begin, std::size_t end, std::uint32_t position) const {
    for (std::size_t i = begin; i < end; ++i) {
      if ((open_[i].mask & position) != 0) return true;
    }
    return false;
  }

  bool choose(std::size_t begin, std::size_t end, std::uint32_t position, std::uint32_t word,
              bool bit) {
    if (!budget_.spend(1 + end - begin)) return false;
    open_.resize(end);
    for (std::size_t i = begin; i < end; ++i) {
      const WordCondition condition = open_[i];
      const Outcome outcome = after_bit(condition, position, bit);
      if (outcome == Outcome::broken) return false;
      if (outcome == Outcome::open) open_.push_back(condition);
    }
    return descend(end, open_.size(), position >> 1, bit ? word | position : word);
  }

  bool all_met_when_equal(std::size_t begin, std::size_t end) const {
    for (std::size_t i = begin; i < end; ++i) {
      if (!met_when_equal(open_[i])) return false;
    }
    return true;
  }

  bool accept(std::uint32_t word) {
    found_ = word;
    return true;
  }

  std::vector<WordCondition> open_;
  WorkBudget& budget_;
  std::uint32_t found_ = 0;
};

}  // namespace

bool meets(std::uint32_t word, const WordCondition& condition) {
  const std::uint32_t masked = word & condition.mask;
  const bool holds = condition.at_least ? masked >= condition.value : masked == condition.value;
  return holds == condition.holds;
}

std::optional<std::uint32_t> smallest_word(const std::vector<WordCondition>& conditions,
                                           WorkBudget& budget) {
  return BitSearch(conditions, budget).run();
}

}  // namespace bulkhead::policy
