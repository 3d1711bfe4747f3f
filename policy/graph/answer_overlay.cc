#include "policy/graph/answer_overlay.h"

#include <optional>
#include <utility>
#include <vector>

namespace bulkhead::policy {

namespace {

// What `test` says of a word for which the equality `known` holds, if that is enough to say it.
std::optional<bool> outcome(const WordTest& test, const WordTest& known) {
  if (test.word != known.word) return std::nullopt;
  const std::uint32_t common = test.mask & known.mask;
  if (!test.at_least && ((test.value ^ known.value) & common) != 0) return false;
  if (common != test.mask) return std::nullopt;
  return !test.at_least || (known.value & common) >= test.value;
}

TestNow where_rule_holds(const OverlaidRule& rule, const WordTest& test) {
  for (const WordTest& known : rule.holding) {
    if (const auto settled = outcome(test, known)) return {.outcome = settled};
  }
  return {.test = test};
}

NodeId with_answer(FilterGraph& graph, NodeId leaf, std::uint32_t answer, NodeId none) {
  if (leaf == none) return graph.answer(answer);
  std::vector<std::uint32_t> answers = graph.values_of(leaf);
  answers.push_back(answer);
  return graph.one_of(std::move(answers));
}

}  // namespace

NodeId overlaid(FilterGraph& graph, NodeId node, const OverlaidRule& rule, NodeId none,
                GraphRewrite& rewrite) {
  const auto of_test = [&](const WordTest& test) { return where_rule_holds(rule, test); };
  const auto of_leaf = [&](NodeId leaf) { return with_answer(graph, leaf, rule.answer, none); };
  return rewrite.run({node}, of_test, of_leaf).front();
}

}  // namespace bulkhead::policy
