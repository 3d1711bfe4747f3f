// One more rule over a graph that says what other rules answer: where both hold, either may answer.
//
// docs/how-the-analysis-works.md: "The profile's own meaning".
#pragma once

#include <cstdint>
#include <span>

#include "policy/graph/filter_graph.h"
#include "policy/graph/graph_rewrite.h"

namespace bulkhead::policy {

struct OverlaidRule {
  std::uint32_t answer = 0;
  std::span<const WordTest> holding;  // equalities that hold wherever the rule does
};

// The graph where the rule holds: its leaves have the rule's answer beside their own, but for
// `none`, the leaf where no other rule holds, which becomes the answer. Tests that the rule settles
// are gone. `rewrite` is one of this graph; means nothing when its budget is exhausted afterwards.
[[nodiscard]] NodeId overlaid(FilterGraph& graph, NodeId node, const OverlaidRule& rule,
                              NodeId none, GraphRewrite& rewrite);

}  // namespace bulkhead::policy
