#include "policy/graph/argument_conjunction.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "base/text.h"

namespace bulkhead::policy {
namespace {

using oci_config::ArgCondition;
using oci_config::SeccompOperator;

constexpr std::uint64_t kMost = ~std::uint64_t{0};

bool holds(const ArgCondition& condition, std::uint64_t argument) {
  switch (condition.op) {
    case SeccompOperator::eq: return argument == condition.value;
    case SeccompOperator::ne: return argument != condition.value;
    case SeccompOperator::lt: return argument < condition.value;
    case SeccompOperator::le: return argument <= condition.value;
    case SeccompOperator::gt: return argument > condition.value;
    case SeccompOperator::ge: return argument >= condition.value;
    case SeccompOperator::masked_eq: return (argument & condition.value) == condition.value_two;
  }
  return false;
}

std::string text(const ArgCondition& condition) {
  return base::cat(name_of(condition.op), " ", condition.value, " ", condition.value_two);
}

std::string text(const JoinedCondition& joined) {
  if (joined.kind == Conjunction::never) return "never";
  return joined.kind == Conjunction::one ? text(joined.condition) : "inexpressible";
}

// Around every constant, and both ends.
std::vector<std::uint64_t> telling(const ArgCondition& a, const ArgCondition& b) {
  std::vector<std::uint64_t> values = {0, 1, kMost, kMost - 1};
  for (const std::uint64_t value : {a.value, a.value_two, b.value, b.value_two}) {
    values.insert(values.end(), {value - 1, value, value + 1, ~value});
  }
  for (std::uint64_t value = 0; value < 32; ++value) values.push_back(value);
  return values;
}

ArgCondition random_condition(std::mt19937& random) {
  constexpr std::uint64_t kValues[] = {0, 1, 2, 3, 5, 8, 16, kMost - 1, kMost};
  ArgCondition condition;
  condition.op = static_cast<SeccompOperator>(random() % 7);
  condition.value = kValues[random() % std::size(kValues)];
  if (condition.op == SeccompOperator::masked_eq) {
    condition.value_two = kValues[random() % std::size(kValues)];
  }
  return condition;
}

TEST_CASE("what two conditions become holds exactly where both do, in either order") {
  std::mt19937 random(3);
  int said[3] = {};
  for (int round = 0; round < 20000; ++round) {
    const ArgCondition a = random_condition(random);
    const ArgCondition b = random_condition(random);
    const JoinedCondition joined = join_conditions(a, b);
    INFO(text(a) << " and " << text(b) << ": " << text(joined));
    CHECK(join_conditions(b, a).kind == joined.kind);
    ++said[static_cast<int>(joined.kind)];
    if (joined.kind == Conjunction::inexpressible) continue;
    for (const std::uint64_t value : telling(a, b)) {
      const bool both = holds(a, value) && holds(b, value);
      const bool says = joined.kind == Conjunction::one && holds(joined.condition, value);
      if (both != says) FAIL(value);
    }
  }
  for (const int count : said) CHECK(count > 500);
}

TEST_CASE("flags that two masks forbid are forbidden by one mask") {
  const ArgCondition a{.op = SeccompOperator::masked_eq, .value = 0x0f, .value_two = 0x01};
  const ArgCondition b{.op = SeccompOperator::masked_eq, .value = 0xf0, .value_two = 0x20};
  CHECK(text(join_conditions(a, b)) == "SCMP_CMP_MASKED_EQ 255 33");
  const ArgCondition other{.op = SeccompOperator::masked_eq, .value = 0x03, .value_two = 0x02};
  CHECK(text(join_conditions(a, other)) == "never");
}

TEST_CASE("a range with a hole in it is no single condition") {
  CHECK(text(join_conditions({.op = SeccompOperator::le, .value = 9},
                             {.op = SeccompOperator::ne, .value = 5})) == "inexpressible");
  CHECK(text(join_conditions({.op = SeccompOperator::ge, .value = 5},
                             {.op = SeccompOperator::lt, .value = 6})) == "SCMP_CMP_EQ 5 0");
}

}  // namespace
}  // namespace bulkhead::policy
