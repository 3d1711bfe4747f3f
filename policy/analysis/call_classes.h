// Every pair of architecture and number, in classes of which all members are decided alike: the
// values with which a graph compares both words cut the 2^64 pairs into finitely many rectangles.
// Numbers outside the tables, x32 numbers and unknown architectures need no special case.
//
// docs/how-the-analysis-works.md: "Classes of calls".
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/error.h"
#include "policy/graph/filter_graph.h"
#include "policy/graph/work_budget.h"

namespace bulkhead::policy {

struct CallClass {
  std::uint32_t arch_first = 0;
  std::uint32_t arch_last = 0;
  std::uint32_t nr_first = 0;
  std::uint32_t nr_last = 0;
  // For each root the node at which its tests of arguments begin, or a leaf.
  std::span<const NodeId> nodes;
  // False when tests of the number or the architecture stand below those nodes too. They come out
  // the same for every member of the class.
  bool only_arguments_below = true;
};

// Calls `visit` for each class, by architecture and then by number, until it returns false.
// Errors: unsupported when the number is tested under a mask that leaves too many classes, or when
// the budget is exhausted.
[[nodiscard]] base::Result<void> for_each_call_class(
    const FilterGraph& graph, const std::vector<NodeId>& roots, WorkBudget& budget,
    const std::function<bool(const CallClass&)>& visit);

}  // namespace bulkhead::policy
