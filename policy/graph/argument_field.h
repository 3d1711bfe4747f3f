// The arguments of a call, field by field. A field is neighbouring bits of one word that the mask
// of every test takes or leaves as a whole; its values fall into few groups that no test tells
// apart. Once it is known in which group the field is, the tests of it are settled or lose its
// bits.
//
// docs/how-the-analysis-works.md: "Comparing".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "policy/graph/filter_graph.h"
#include "policy/graph/graph_rewrite.h"

namespace bulkhead::policy {

struct ArgumentField {
  unsigned word = 0;       // as in filter_machine.h
  std::uint32_t bits = 0;  // neighbours
};

// The field to ask first: of the first argument that some of these nodes test, its highest bits.
// Nothing when none of them tests an argument.
[[nodiscard]] std::optional<ArgumentField> first_field(const FilterGraph& graph,
                                                       std::span<const NodeId> nodes);

// The smallest value of each group, ascending, in its place in the word.
[[nodiscard]] std::vector<std::uint32_t> smallest_of_each_group(const FilterGraph& graph,
                                                                std::span<const NodeId> nodes,
                                                                ArgumentField field);

// What is left of a test once the bits of `field` are known to be `value`. `field` holds the
// highest bits that any test of its word still asks for.
[[nodiscard]] TestNow narrowed(const WordTest& test, ArgumentField field, std::uint32_t value);

}  // namespace bulkhead::policy
