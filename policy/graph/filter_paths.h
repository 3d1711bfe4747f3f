// A program's paths as a graph. Jumps only go forward, so one pass over the instructions finds
// every register content that can reach each of them, and one pass back builds the nodes.
//
// Followed exactly: loads of the number, the architecture and the arguments' halves, constants,
// scratch memory, masks, shifts by constants, exclusive or, adding constants, products and
// quotients by powers of two, and comparisons of such a value with a constant. Whatever else a
// program compares or returns (the instruction pointer, two words at once) becomes a not_analysable
// leaf where it is used, so that it only matters where a call can get there.
//
// docs/how-the-analysis-works.md: "The graph".
#pragma once

#include "base/error.h"
#include "policy/graph/filter_graph.h"

namespace bulkhead::policy {

// Errors: invalid_input from check_program; unsupported when one instruction is reached with more
// different register contents than the bound allows.
[[nodiscard]] base::Result<NodeId> add_program(FilterGraph& graph, const FilterProgram& program);

}  // namespace bulkhead::policy
