// A graph as it is once something is known: tests that are settled are gone, others may ask for
// less, leaves may be others. From a root down, so what only settled tests led to costs nothing;
// without recursion, so no graph is too deep.
//
// docs/how-the-analysis-works.md: "The graph".
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "policy/graph/filter_graph.h"
#include "policy/graph/work_budget.h"

namespace bulkhead::policy {

// What is left of a test: its outcome, or a test.
struct TestNow {
  std::optional<bool> outcome;
  WordTest test;
};

class GraphRewrite {
 public:
  using OfTest = std::function<TestNow(const WordTest& test)>;
  using OfLeaf = std::function<NodeId(NodeId leaf)>;

  // Nodes are added to the graph; those that are there stay as they are.
  GraphRewrite(FilterGraph& graph, WorkBudget& budget) : graph_(graph), budget_(budget) {}

  // The roots as they are now. Mean nothing when the budget is exhausted afterwards.
  [[nodiscard]] std::vector<NodeId> run(const std::vector<NodeId>& roots, const OfTest& of_test,
                                        const OfLeaf& of_leaf = same_leaf);
  // The roots for the calls of one architecture and number, with tests of arguments alone.
  [[nodiscard]] std::vector<NodeId> for_call(const std::vector<NodeId>& roots, std::uint32_t arch,
                                             std::uint32_t nr);

 private:
  static NodeId same_leaf(NodeId leaf) { return leaf; }
  void step(NodeId id, const OfTest& of_test, const OfLeaf& of_leaf);
  [[nodiscard]] NodeId past_settled(NodeId id, const OfTest& of_test);
  void settle(NodeId id, NodeId became);

  FilterGraph& graph_;
  WorkBudget& budget_;
  // What is known of a node in a round.
  struct Known {
    std::uint32_t passed_in = 0;
    NodeId past = 0;  // where its settled tests lead
    std::uint32_t settled_in = 0;
    NodeId became = 0;
  };

  std::vector<NodeId> pending_;  // none of them a settled test
  std::vector<NodeId> passed_;
  std::vector<Known> known_;
  std::uint32_t round_ = 0;
};

}  // namespace bulkhead::policy
