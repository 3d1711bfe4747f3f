#include "policy/graph/argument_conjunction.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace bulkhead::policy {

namespace {

using oci_config::ArgCondition;
using oci_config::SeccompOperator;

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

// Six operators come down to four shapes, in this order.
enum class Shape : std::uint8_t { bits, not_equal, at_most, at_least };

struct Shaped {
  Shape shape = Shape::bits;
  std::uint64_t value = 0;
  std::uint64_t mask = kMost;  // of bits: (argument & mask) == value
};

JoinedCondition inexpressible() { return {}; }
JoinedCondition never() { return {.kind = Conjunction::never, .condition = {}}; }
JoinedCondition is(const ArgCondition& condition) {
  return {.kind = Conjunction::one, .condition = condition};
}

// Nothing where the condition never holds.
std::optional<Shaped> shape_of(const ArgCondition& condition) {
  const std::uint64_t value = condition.value;
  switch (condition.op) {
    case SeccompOperator::eq: return Shaped{Shape::bits, value};
    case SeccompOperator::ne: return Shaped{Shape::not_equal, value};
    case SeccompOperator::le: return Shaped{Shape::at_most, value};
    case SeccompOperator::ge: return Shaped{Shape::at_least, value};
    case SeccompOperator::lt:
      if (value == 0) return std::nullopt;
      return Shaped{Shape::at_most, value - 1};
    case SeccompOperator::gt:
      if (value == kMost) return std::nullopt;
      return Shaped{Shape::at_least, value + 1};
    case SeccompOperator::masked_eq:
      if ((condition.value_two & ~value) != 0) return std::nullopt;
      return Shaped{Shape::bits, condition.value_two, value};
  }
  return std::nullopt;
}

ArgCondition condition_of(std::uint32_t index, const Shaped& shaped) {
  switch (shaped.shape) {
    case Shape::bits:
      if (shaped.mask == kMost) return {index, SeccompOperator::eq, shaped.value};
      return {index, SeccompOperator::masked_eq, shaped.mask, shaped.value};
    case Shape::not_equal: return {index, SeccompOperator::ne, shaped.value};
    case Shape::at_most: return {index, SeccompOperator::le, shaped.value};
    case Shape::at_least: return {index, SeccompOperator::ge, shaped.value};
  }
  return {};
}

// Whether every value, or none, of those from `first` to `last` is among what `other` takes.
// Nothing where it is some.
std::optional<bool> takes(const Shaped& other, std::uint64_t first, std::uint64_t last) {
  switch (other.shape) {
    case Shape::not_equal:
      if (other.value < first || other.value > last) return true;
      return first == last ? std::optional(false) : std::nullopt;
    case Shape::at_most:
      if (last <= other.value) return true;
      return first > other.value ? std::optional(false) : std::nullopt;
    case Shape::at_least:
      if (first >= other.value) return true;
      return last < other.value ? std::optional(false) : std::nullopt;
    case Shape::bits: break;
  }
  return std::nullopt;
}

std::optional<Shaped> join_bits(const Shaped& a, const Shaped& b) {
  if (((a.value ^ b.value) & a.mask & b.mask) != 0) return std::nullopt;
  return Shaped{Shape::bits, a.value | b.value, a.mask | b.mask};
}

std::optional<bool> bits_within(const Shaped& bits, const Shaped& other) {
  if (other.shape == Shape::not_equal && (other.value & bits.mask) != bits.value) return true;
  return takes(other, bits.value, bits.value | ~bits.mask);
}

// An inequality takes one end off a range.
JoinedCondition cut_end(std::uint32_t index, std::uint64_t hole, Shaped range) {
  const std::uint64_t end = range.shape == Shape::at_most ? 0 : kMost;
  if (hole != range.value) {
    const bool outside = (hole > range.value) == (range.shape == Shape::at_most);
    return outside ? is(condition_of(index, range)) : inexpressible();
  }
  if (hole == end) return never();
  range.value = range.shape == Shape::at_most ? hole - 1 : hole + 1;
  return is(condition_of(index, range));
}

JoinedCondition join_ranges(std::uint32_t index, const Shaped& a, const Shaped& b) {
  if (a.shape == b.shape) {
    const bool a_stricter = (a.value < b.value) == (a.shape == Shape::at_most);
    return is(condition_of(index, a_stricter ? a : b));
  }
  if (a.value < b.value) return never();  // a is at_most, b at_least
  if (a.value > b.value) return inexpressible();
  return is(condition_of(index, {Shape::bits, a.value}));
}

}  // namespace

JoinedCondition join_conditions(const ArgCondition& a, const ArgCondition& b) {
  if (a == b) return is(a);
  const auto shaped_a = shape_of(a);
  const auto shaped_b = shape_of(b);
  if (!shaped_a || !shaped_b) return never();
  const auto& [first, second] = std::minmax(
      *shaped_a, *shaped_b, [](const auto& x, const auto& y) { return x.shape < y.shape; });
  if (second.shape == Shape::bits) {
    const auto both = join_bits(first, second);
    return both ? is(condition_of(a.index, *both)) : never();
  }
  if (first.shape == Shape::bits) {
    const auto within = bits_within(first, second);
    if (!within) return inexpressible();
    return *within ? is(condition_of(a.index, first)) : never();
  }
  if (first.shape != Shape::not_equal) return join_ranges(a.index, first, second);
  if (second.shape != Shape::not_equal) return cut_end(a.index, first.value, second);
  return first.value == second.value ? is(a) : inexpressible();
}

}  // namespace bulkhead::policy
