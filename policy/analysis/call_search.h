// The calls of one architecture and number, by what their arguments make several graphs answer:
// every combination of leaves that some call reaches, once, with the smallest such call.
//
// The graphs are narrowed field by field (argument_field.h), for each group of values to what is
// left to ask. Graphs that become the same are followed once, however many calls lead to them: the
// work grows with the number of different questions, not of paths.
//
// docs/how-the-analysis-works.md: "Comparing".
#pragma once

#include <functional>
#include <span>
#include <unordered_set>
#include <vector>

#include "policy/graph/argument_field.h"
#include "policy/graph/filter_graph.h"
#include "policy/graph/value_conditions.h"

namespace bulkhead::policy {

class CallSearch {
 public:
  // The leaf that each root reaches, and a call that reaches them. Returns false to end the search.
  using Visit = std::function<bool(std::span<const NodeId> leaves, const SyscallEvent& event)>;

  // Nodes are added to the graph; those that are there stay as they are.
  CallSearch(FilterGraph& graph, WorkBudget& budget)
      : graph_(graph), budget_(budget), rewrite_(graph, budget) {}

  // False when the visitor or the end of the budget ended the search early.
  bool run(std::uint32_t arch, std::uint32_t nr, std::span<const NodeId> roots, const Visit& visit);

 private:
  using Nodes = std::vector<NodeId>;
  struct HashOfNodes {
    std::size_t operator()(const Nodes& nodes) const;
  };

  bool follow(const Nodes& nodes);
  bool follow_groups(const Nodes& nodes, const Nodes& below, ArgumentField field);
  Nodes narrow(const Nodes& nodes, ArgumentField field, std::uint32_t value);
  Nodes at_and_below(const Nodes& nodes);

  FilterGraph& graph_;
  WorkBudget& budget_;
  GraphRewrite rewrite_;
  const Visit* visit_ = nullptr;
  SyscallEvent event_;  // reaches the nodes that are followed, bits that nothing asked for being 0
  std::unordered_set<Nodes, HashOfNodes> followed_;
  std::vector<std::uint32_t> seen_in_;
  std::uint32_t round_ = 0;
};

}  // namespace bulkhead::policy
