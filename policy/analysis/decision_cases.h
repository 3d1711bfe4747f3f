// From a graph of tests on arguments to cases that people can read: tests of two halves that
// together test one 64-bit argument become one, and ways that no call can take are left out.
//
// docs/how-the-analysis-works.md: "Decisions".
#pragma once

#include "base/error.h"
#include "policy/analysis/filter_decision.h"
#include "policy/graph/filter_graph.h"
#include "policy/graph/work_budget.h"

namespace bulkhead::policy {

enum class ArgWidth : std::uint8_t { bits_32, bits_64 };

// `root` must have no tests of the number or the architecture. New nodes may be added to the graph.
// Errors: unsupported where a call reaches what is not analysable, or there are more than 4096
// cases. When the budget is exhausted afterwards, the cases are not all.
[[nodiscard]] base::Result<DecisionCases> cases_of(FilterGraph& graph, NodeId root, ArgWidth width,
                                                   WorkBudget& budget);

}  // namespace bulkhead::policy
