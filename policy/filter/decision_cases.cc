#include "policy/filter/decision_cases.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "policy/filter/call_classes.h"
#include "policy/filter/filter_machine.h"
#include "policy/syscalls/call_names.h"

namespace bulkhead::policy {

namespace {

using oci_config::SeccompOperator;

constexpr std::size_t kMaxCases = 4096;
constexpr std::size_t kMaxTestsOnPath = 1024;  // bounds the depth of recursion too

bool is_high(unsigned word) { return word % 2 != 0; }
std::uint32_t argument_of(unsigned word) { return (word - kWordFirstArg) / 2; }
std::uint64_t wide(std::uint32_t high, std::uint32_t low) {
  return (std::uint64_t{high} << 32) | low;
}

enum class StepKind : std::uint8_t { half, whole_equality, whole_order };

// A test as a reader sees it, with where it leads.
struct Step {
  StepKind kind = StepKind::half;
  ArgTest test;
  NodeId yes = 0;
  NodeId no = 0;
};

// Conditions on the two halves of one argument that hold together.
struct HalfConditions {
  std::vector<WordCondition> low;
  std::vector<WordCondition> high;
};

// What taking one side of a step says: one of these must hold.
struct Taken {
  std::uint32_t index = 0;
  std::vector<HalfConditions> one_of;
};

SeccompOperator negated(SeccompOperator op) {
  switch (op) {
    case SeccompOperator::eq: return SeccompOperator::ne;
    case SeccompOperator::ne: return SeccompOperator::eq;
    case SeccompOperator::ge: return SeccompOperator::lt;
    case SeccompOperator::lt: return SeccompOperator::ge;
    case SeccompOperator::gt: return SeccompOperator::le;
    case SeccompOperator::le: return SeccompOperator::gt;
    case SeccompOperator::masked_eq: break;
  }
  return op;
}

class StepReader {
 public:
  StepReader(FilterGraph& graph, ArgWidth width) : graph_(graph), width_(width) {}

  Step read(NodeId id) {
    const Node node = graph_[id];
    if (auto step = whole_equality(node)) return *step;
    if (auto step = whole_order(node)) return *step;
    return half(node);
  }

 private:
  [[nodiscard]] bool tests_low_half_of(NodeId id, unsigned high_word) const {
    const Node& node = graph_[id];
    return node.kind == NodeKind::test && node.test.word + 1U == high_word;
  }

  // high == H ? (low == L ? yes : a) : b   is   arg == H:L ? yes : (high == H ? a : b)
  std::optional<Step> whole_equality(const Node& node) {
    if (!is_high(node.test.word) || node.test.at_least) return std::nullopt;
    if (!tests_low_half_of(node.yes, node.test.word)) return std::nullopt;
    const Node low = graph_[node.yes];
    if (low.test.at_least) return std::nullopt;
    return Step{.kind = StepKind::whole_equality,
                .test = {.index = argument_of(node.test.word),
                         .mask = wide(node.test.mask, low.test.mask),
                         .value = wide(node.test.value, low.test.value)},
                .yes = low.yes,
                .no = graph_.test(node.test, low.no, node.no)};
  }

  // high >= H+1 ? yes : (high == H ? (low >= L ? yes : a) : b)
  //   is   arg >= H:L ? yes : (high == H ? a : b)
  std::optional<Step> whole_order(const Node& node) {
    if (!is_high(node.test.word) || !node.test.at_least || node.test.mask != ~0U) {
      return std::nullopt;
    }
    const Node same = graph_[node.no];
    const WordTest wanted{node.test.word, false, ~0U, node.test.value - 1};
    if (same.kind != NodeKind::test || same.test != wanted) return std::nullopt;
    if (!tests_low_half_of(same.yes, node.test.word)) return std::nullopt;
    const Node low = graph_[same.yes];
    if (!low.test.at_least || low.test.mask != ~0U || low.yes != node.yes) return std::nullopt;
    return Step{.kind = StepKind::whole_order,
                .test = {.index = argument_of(node.test.word),
                         .op = SeccompOperator::ge,
                         .value = wide(wanted.value, low.test.value)},
                .yes = node.yes,
                .no = graph_.test(wanted, low.no, same.no)};
  }

  [[nodiscard]] Step half(const Node& node) const {
    ArgTest test{.index = argument_of(node.test.word),
                 .part = is_high(node.test.word) ? ArgPart::high_half : ArgPart::low_half,
                 .op = node.test.at_least ? SeccompOperator::ge : SeccompOperator::eq,
                 .mask = node.test.mask,
                 .value = node.test.value};
    if (width_ == ArgWidth::bits_32 && test.part == ArgPart::low_half) {
      test.part = ArgPart::whole;
      if (test.mask == ~0U) test.mask = ~0ULL;
    }
    return {.test = test, .yes = node.yes, .no = node.no};
  }

  FilterGraph& graph_;
  ArgWidth width_;
};

WordCondition equality(std::uint64_t mask, std::uint64_t value, bool holds) {
  return {false, holds, static_cast<std::uint32_t>(mask), static_cast<std::uint32_t>(value)};
}

WordCondition order(std::uint64_t value, bool holds) {
  return {true, holds, ~0U, static_cast<std::uint32_t>(value)};
}

Taken taken_equality(const ArgTest& test, bool holds) {
  const WordCondition same_high = equality(test.mask >> 32, test.value >> 32, true);
  const WordCondition low = equality(test.mask, test.value, holds);
  Taken taken{test.index, {{{low}, {same_high}}}};
  if (!holds) taken.one_of.push_back({{}, {equality(test.mask >> 32, test.value >> 32, false)}});
  return taken;
}

Taken taken_order(const ArgTest& test, bool holds) {
  const std::uint64_t high = test.value >> 32;
  Taken taken{test.index, {{{order(test.value, holds)}, {equality(~0U, high, true)}}}};
  if (!holds) {
    taken.one_of.push_back({{}, {order(high, false)}});
  } else if (high != ~0U) {
    taken.one_of.push_back({{}, {order(high + 1, true)}});
  }
  return taken;
}

Taken taken_half(const Node& node, bool holds) {
  const WordCondition condition{node.test.at_least, holds, node.test.mask, node.test.value};
  HalfConditions conditions;
  (is_high(node.test.word) ? conditions.high : conditions.low).push_back(condition);
  return {argument_of(node.test.word), {conditions}};
}

Taken taken(const Step& step, const Node& node, const ArgTest& test, bool holds) {
  switch (step.kind) {
    case StepKind::half: return taken_half(node, holds);
    case StepKind::whole_equality: return taken_equality(test, holds);
    case StepKind::whole_order: return taken_order(test, holds);
  }
  return {};
}

bool pins_down(const ArgTest& test) {
  return test.part == ArgPart::whole && test.op == SeccompOperator::eq && test.mask == ~0ULL;
}

// An argument that is known needs no further condition.
std::vector<ArgTest> without_implied(const std::vector<ArgTest>& tests) {
  std::vector<ArgTest> kept;
  for (const ArgTest& test : tests) {
    const bool implied = std::ranges::any_of(tests, [&](const ArgTest& other) {
      return pins_down(other) && other.index == test.index && other != test;
    });
    if (!implied) kept.push_back(test);
  }
  return kept;
}

class CaseWriter {
 public:
  CaseWriter(FilterGraph& graph, ArgWidth width, WorkBudget& budget)
      : graph_(graph), reader_(graph, width), budget_(budget) {}

  base::Result<DecisionCases> run(NodeId root) {
    follow(root);
    if (budget_.exhausted() || cases_.size() > kMaxCases) return too_much_work();
    if (at_fault_) return not_analysable(*at_fault_);
    return std::move(cases_);
  }

 private:
  void follow(NodeId id) {
    if (!budget_.spend(1 + path_.size()) || cases_.size() > kMaxCases || at_fault_) return;
    const Node node = graph_[id];
    if (node.kind != NodeKind::test) return end_at(id);
    if (path_.size() == kMaxTestsOnPath) budget_.left = 0;
    const Step step = reader_.read(id);
    take(step, node, true);
    take(step, node, false);
  }

  void take(const Step& step, const Node& node, bool holds) {
    ArgTest test = step.test;
    if (!holds) test.op = negated(test.op);
    taken_.push_back(taken(step, node, test, holds));
    path_.push_back(test);
    if (possible(test.index)) follow(holds ? step.yes : step.no);
    path_.pop_back();
    taken_.pop_back();
  }

  void end_at(NodeId leaf) {
    if (graph_[leaf].kind == NodeKind::not_analysable) {
      at_fault_ = graph_[leaf].value;
      return;
    }
    DecisionCase one{.conditions = without_implied(path_)};
    for (const std::uint32_t value : graph_.values_of(leaf)) {
      one.answers.push_back(answer_of_return_value(value));
    }
    cases_.push_back(std::move(one));
  }

  // Whether some value of the argument agrees with all that was taken.
  bool possible(std::uint32_t index) {
    HalfConditions conditions;
    return possible_from(0, index, conditions);
  }

  bool possible_from(std::size_t at, std::uint32_t index, HalfConditions& conditions) {
    while (at < taken_.size() && taken_[at].index != index) ++at;
    if (at == taken_.size()) return true;
    for (const HalfConditions& more : taken_[at].one_of) {
      if (possible_with(more, at, index, conditions)) return true;
    }
    return false;
  }

  bool possible_with(const HalfConditions& more, std::size_t at, std::uint32_t index,
                     HalfConditions& conditions) {
    conditions.low.insert(conditions.low.end(), more.low.begin(), more.low.end());
    conditions.high.insert(conditions.high.end(), more.high.begin(), more.high.end());
    const bool found = smallest_word(conditions.low, budget_).has_value() &&
                       smallest_word(conditions.high, budget_).has_value() &&
                       possible_from(at + 1, index, conditions);
    conditions.low.resize(conditions.low.size() - more.low.size());
    conditions.high.resize(conditions.high.size() - more.high.size());
    return found;
  }

  FilterGraph& graph_;
  StepReader reader_;
  WorkBudget& budget_;
  std::vector<ArgTest> path_;
  std::vector<Taken> taken_;
  DecisionCases cases_;
  std::optional<std::uint32_t> at_fault_;
};

}  // namespace

base::Result<DecisionCases> cases_of(FilterGraph& graph, NodeId root, ArgWidth width,
                                     WorkBudget& budget) {
  return CaseWriter(graph, width, budget).run(root);
}

}  // namespace bulkhead::policy
