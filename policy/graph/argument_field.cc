#include "policy/graph/argument_field.h"

#include <algorithm>
#include <bit>

#include "policy/filter/filter_machine.h"

namespace bulkhead::policy {

namespace {

// By argument, the high half before the low one: the first call that is found is then the smallest.
unsigned order_of(unsigned word) { return word ^ 1U; }

bool tests_word(const Node& node, unsigned word) {
  return node.kind == NodeKind::test && node.test.word == word;
}

std::optional<unsigned> first_word(const FilterGraph& graph, std::span<const NodeId> nodes) {
  std::optional<unsigned> first;
  for (const NodeId id : nodes) {
    const Node& node = graph[id];
    if (node.kind != NodeKind::test || node.test.word < kWordFirstArg) continue;
    if (!first || order_of(node.test.word) < order_of(*first)) first = node.test.word;
  }
  return first;
}

// How many of the bits below and with `high` the mask takes or leaves as a whole.
int alike_from(std::uint32_t mask, int high) {
  const std::uint32_t aligned = mask << (31 - high);
  return (aligned >> 31) != 0 ? std::countl_one(aligned) : std::countl_zero(aligned);
}

// Values of a field without the bits below it, and the groups of them.
struct Comparands {
  std::vector<std::uint32_t> all;      // each is a group of its own
  std::vector<std::uint32_t> ordered;  // those that "at least" compares with: they part the others
};

void sort_unique(std::vector<std::uint32_t>& values) {
  std::ranges::sort(values);
  const auto repeated = std::ranges::unique(values);
  values.erase(repeated.begin(), repeated.end());
}

Comparands comparands_of(const FilterGraph& graph, std::span<const NodeId> nodes,
                         ArgumentField field, int shift) {
  Comparands found;
  for (const NodeId id : nodes) {
    const Node& node = graph[id];
    if (!tests_word(node, field.word) || (node.test.mask & field.bits) == 0) continue;
    const std::uint32_t value = (node.test.value & field.bits) >> shift;
    found.all.push_back(value);
    if (node.test.at_least) found.ordered.push_back(value);
  }
  sort_unique(found.all);
  sort_unique(found.ordered);
  return found;
}

// Adds the smallest value from `first` to before `end` that nothing compares with.
void add_uncompared(const std::vector<std::uint32_t>& all, std::uint64_t first, std::uint64_t end,
                    std::vector<std::uint32_t>& out) {
  auto at = std::ranges::lower_bound(all, first);
  while (first < end && at != all.end() && *at == first) {
    ++at;
    ++first;
  }
  if (first < end) out.push_back(static_cast<std::uint32_t>(first));
}

}  // namespace

std::optional<ArgumentField> first_field(const FilterGraph& graph, std::span<const NodeId> nodes) {
  const auto word = first_word(graph, nodes);
  if (!word) return std::nullopt;
  std::uint32_t tested = 0;
  for (const NodeId id : nodes) {
    if (tests_word(graph[id], *word)) tested |= graph[id].test.mask;
  }
  if (tested == 0) return std::nullopt;
  const int high = static_cast<int>(std::bit_width(tested)) - 1;
  int width = high + 1;
  for (const NodeId id : nodes) {
    if (!tests_word(graph[id], *word)) continue;
    width = std::min(width, alike_from(graph[id].test.mask, high));
  }
  const std::uint32_t below = high - width < 0 ? 0 : (2U << (high - width)) - 1;
  return ArgumentField{*word, (~0U >> (31 - high)) & ~below};
}

std::vector<std::uint32_t> smallest_of_each_group(const FilterGraph& graph,
                                                  std::span<const NodeId> nodes,
                                                  ArgumentField field) {
  const int shift = std::countr_zero(field.bits);
  const Comparands compared = comparands_of(graph, nodes, field, shift);
  std::vector<std::uint32_t> values = compared.all;
  std::uint64_t first = 0;
  for (const std::uint32_t ordered : compared.ordered) {
    add_uncompared(compared.all, first, ordered, values);
    first = std::uint64_t{ordered} + 1;
  }
  add_uncompared(compared.all, first, std::uint64_t{field.bits >> shift} + 1, values);
  std::ranges::sort(values);
  for (std::uint32_t& value : values) value <<= shift;
  return values;
}

TestNow narrowed(const WordTest& test, ArgumentField field, std::uint32_t value) {
  if (test.word != field.word || (test.mask & field.bits) == 0) return {.test = test};
  const std::uint32_t wanted = test.value & field.bits;
  if (value != wanted) return {.outcome = test.at_least && value > wanted};
  return {.test = {test.word, test.at_least, test.mask & ~field.bits, test.value & ~field.bits}};
}

}  // namespace bulkhead::policy
