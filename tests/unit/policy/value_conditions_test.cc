#include "policy/graph/value_conditions.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using namespace bulkhead::policy;

namespace {

// Eight bits spread over the word: few enough to try them all.
constexpr std::uint32_t kBits[] = {0x1,     0x2,       0x80,       0x10000,
                                   0x20000, 0x2000000, 0x40000000, 0x80000000};

std::uint32_t spread(std::uint32_t byte) {
  std::uint32_t word = 0;
  for (std::uint32_t i = 0; i < 8; ++i) {
    if ((byte & (1U << i)) != 0) word |= kBits[i];
  }
  return word;
}

std::optional<std::uint64_t> by_trying(const std::vector<ValueCondition>& conditions) {
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const std::uint32_t word = spread(byte);
    if (meets(word, conditions)) {
      return word;
    }
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("the smallest word that meets random conditions is the one that trying all finds") {
  std::mt19937 random(7);
  std::size_t possible = 0;
  for (int round = 0; round < 4000; ++round) {
    std::vector<ValueCondition> conditions(1 + random() % 6);
    for (ValueCondition& condition : conditions) {
      const std::uint32_t mask = spread(random() % 256);
      condition = {random() % 3 == 0, random() % 2 == 0, mask, spread(random() % 256) & mask};
    }
    WorkBudget budget{1'000'000};
    const auto expected = by_trying(conditions);
    REQUIRE(smallest_value(conditions, budget) == expected);
    possible += expected ? 1U : 0U;
  }
  CHECK(possible > 500);
  CHECK(possible < 3500);
}

TEST_CASE("bits that no condition looks at cost nothing") {
  WorkBudget budget{2000};
  const std::vector<ValueCondition> conditions{{false, true, 0x7e020000, 0},
                                               {false, false, 0x7e020000, 0}};
  CHECK(!smallest_value(conditions, budget));
  CHECK(!budget.exhausted());
}

TEST_CASE("an exhausted budget is told apart from a contradiction") {
  std::vector<ValueCondition> conditions;
  // Every pair of neighbouring bits must differ from 00, 01, 10 and 11: no word does.
  for (std::uint32_t bit = 0; bit < 31; ++bit) {
    for (std::uint32_t pattern = 0; pattern < 3; ++pattern) {
      conditions.push_back({false, false, (1U << bit) | 0x80000000U >> bit % 3, pattern << bit});
    }
  }
  WorkBudget budget{100};
  CHECK(!smallest_value(conditions, budget));
  CHECK(budget.exhausted());
}
