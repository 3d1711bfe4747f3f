// The calls of one architecture and number, by what their arguments make several graphs answer:
// every combination of paths that some call takes, each with such a call.
//
// docs/how-the-analysis-works.md: "Comparing".
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "policy/filter/filter_graph.h"
#include "policy/filter/filter_machine.h"
#include "policy/filter/word_constraints.h"

namespace bulkhead::policy {

class PathWalk {
 public:
  // The leaf that each root reaches, and a call that reaches them. Returns false to end the walk.
  using Visit = std::function<bool(std::span<const NodeId> leaves, const SyscallEvent& event)>;

  PathWalk(const FilterGraph& graph, WorkBudget& budget) : graph_(graph), budget_(budget) {}

  // False when the visitor or the end of the budget ended the walk early.
  bool run(std::uint32_t arch, std::uint32_t nr, std::span<const NodeId> roots, const Visit& visit);

 private:
  bool next_root(std::size_t root);
  NodeId after_call_tests(NodeId id);
  bool follow(std::size_t root, NodeId id);
  bool follow_both(std::size_t root, const WordTest& test, bool outcome, NodeId taken,
                   NodeId other);
  bool follow_if_possible(std::size_t root, NodeId id, unsigned word);

  const FilterGraph& graph_;
  WorkBudget& budget_;
  std::size_t depth_ = 0;
  const Visit* visit_ = nullptr;
  std::span<const NodeId> roots_;
  std::vector<NodeId> leaves_;
  SyscallEvent event_;  // always meets the conditions below
  std::array<std::vector<WordCondition>, kWordCount> conditions_;
};

}  // namespace bulkhead::policy
