#include "policy/filter/path_walk.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace bulkhead::policy {

namespace {

// Tests of arguments on one path: more are no filter that people write, and recursion must end.
constexpr std::size_t kMaxTestsOnPath = 4096;

// Whether what was taken before leaves `taken` no alternative, as is seen at once: it was asked
// already, which is most tests where graphs that are alike are walked together, or all its bits are
// known.
bool is_settled(const std::vector<WordCondition>& before, const WordCondition& taken) {
  return std::ranges::any_of(before, [&](const WordCondition& known) {
    return known == taken || (known.holds && !known.at_least && (taken.mask & ~known.mask) == 0);
  });
}

}  // namespace

bool PathWalk::run(std::uint32_t arch, std::uint32_t nr, std::span<const NodeId> roots,
                   const Visit& visit) {
  visit_ = &visit;
  roots_ = roots;
  leaves_.assign(roots.size(), 0);
  event_ = {.nr = nr, .arch = arch};
  return next_root(0);
}

bool PathWalk::next_root(std::size_t root) {
  if (root == roots_.size()) return (*visit_)(leaves_, event_);
  return follow(root, roots_[root]);
}

bool PathWalk::follow(std::size_t root, NodeId id) {
  id = after_call_tests(id);
  if (budget_.exhausted()) return false;
  const Node& node = graph_[id];
  if (node.kind != NodeKind::test) {
    leaves_[root] = id;
    return next_root(root + 1);
  }
  const WordTest& test = node.test;
  const WordCondition holds{test.at_least, true, test.mask, test.value};
  const bool outcome = meets(word_of(event_, test.word), holds);

  if (depth_ == kMaxTestsOnPath) {
    budget_.left = 0;
    return false;
  }
  ++depth_;
  const bool go_on = outcome ? follow_both(root, test, outcome, node.yes, node.no)
                             : follow_both(root, test, outcome, node.no, node.yes);
  --depth_;
  return go_on;
}

bool PathWalk::follow_both(std::size_t root, const WordTest& test, bool outcome, NodeId taken,
                           NodeId other) {
  auto& conditions = conditions_[test.word];
  const WordCondition condition{test.at_least, outcome, test.mask, test.value};
  if (!budget_.spend(1 + conditions.size() / 16)) return false;
  if (is_settled(conditions, condition)) return follow(root, taken);
  conditions.push_back(condition);
  bool go_on = follow(root, taken);
  conditions.back().holds = !outcome;
  go_on = go_on && follow_if_possible(root, other, test.word);
  conditions.pop_back();
  return go_on;
}

// The architecture and the number are known.
NodeId PathWalk::after_call_tests(NodeId id) {
  while (budget_.spend(1) && graph_[id].kind == NodeKind::test &&
         graph_[id].test.word < kWordFirstArg) {
    const Node& node = graph_[id];
    const WordCondition holds{node.test.at_least, true, node.test.mask, node.test.value};
    id = meets(word_of(event_, node.test.word), holds) ? node.yes : node.no;
  }
  return id;
}

bool PathWalk::follow_if_possible(std::size_t root, NodeId id, unsigned word) {
  const auto other = smallest_word(conditions_[word], budget_);
  if (!other) return !budget_.exhausted();
  const std::uint32_t before = word_of(event_, word);
  set_word(event_, word, *other);
  const bool go_on = follow(root, id);
  set_word(event_, word, before);
  return go_on;
}

}  // namespace bulkhead::policy
