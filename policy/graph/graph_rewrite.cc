#include "policy/graph/graph_rewrite.h"

#include <cstddef>

#include "policy/filter/filter_machine.h"
#include "policy/graph/value_conditions.h"

namespace bulkhead::policy {

namespace {

constexpr std::uint64_t kStepsPerNode = 8;  // what it costs to make one; bounds the memory, too

}  // namespace

std::vector<NodeId> GraphRewrite::run(const std::vector<NodeId>& roots, const OfTest& of_test,
                                      const OfLeaf& of_leaf) {
  const std::size_t before = graph_.size();
  known_.resize(before);
  ++round_;
  for (const NodeId root : roots) pending_.push_back(past_settled(root, of_test));
  while (!pending_.empty() && budget_.spend(1)) step(pending_.back(), of_test, of_leaf);
  pending_.clear();
  (void)budget_.spend(kStepsPerNode * (graph_.size() - before));
  std::vector<NodeId> result;
  for (const NodeId root : roots) result.push_back(known_[past_settled(root, of_test)].became);
  return result;
}

std::vector<NodeId> GraphRewrite::for_call(const std::vector<NodeId>& roots, std::uint32_t arch,
                                           std::uint32_t nr) {
  const SyscallEvent event{.nr = nr, .arch = arch};
  return run(roots, [&](const WordTest& test) -> TestNow {
    if (test.word >= kWordFirstArg) return {.test = test};
    return {.outcome =
                meets(word_of(event, test.word), {test.at_least, true, test.mask, test.value})};
  });
}

// Settles the node, or puts before it what has to be settled first.
void GraphRewrite::step(NodeId id, const OfTest& of_test, const OfLeaf& of_leaf) {
  if (known_[id].settled_in == round_) return pending_.pop_back();
  const Node node = graph_[id];
  if (node.kind != NodeKind::test) return settle(id, of_leaf(id));
  const NodeId yes = past_settled(node.yes, of_test);
  if (known_[yes].settled_in != round_) return pending_.push_back(yes);
  const NodeId no = past_settled(node.no, of_test);
  if (known_[no].settled_in != round_) return pending_.push_back(no);
  const WordTest test = of_test(node.test).test;
  const NodeId became_yes = known_[yes].became;
  const NodeId became_no = known_[no].became;
  const bool is_same = test == node.test && became_yes == node.yes && became_no == node.no;
  settle(id, is_same ? id : graph_.test(test, became_yes, became_no));
}

NodeId GraphRewrite::past_settled(NodeId id, const OfTest& of_test) {
  passed_.clear();
  while (known_[id].passed_in != round_ && graph_[id].kind == NodeKind::test) {
    const auto outcome = of_test(graph_[id].test).outcome;
    if (!outcome) break;
    passed_.push_back(id);
    id = *outcome ? graph_[id].yes : graph_[id].no;
  }
  if (known_[id].passed_in == round_) id = known_[id].past;
  for (const NodeId passed : passed_) {
    known_[passed].passed_in = round_;
    known_[passed].past = id;
  }
  (void)budget_.spend(passed_.size() / 2);  // a test that is passed costs half as much as others
  return id;
}

void GraphRewrite::settle(NodeId id, NodeId became) {
  known_[id].settled_in = round_;
  known_[id].became = became;
  pending_.pop_back();
}

}  // namespace bulkhead::policy
