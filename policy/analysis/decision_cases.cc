#include "policy/analysis/decision_cases.h"

#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "policy/filter/filter_machine.h"
#include "policy/graph/value_conditions.h"
#include "policy/syscalls/call_names.h"

namespace bulkhead::policy {

namespace {

using oci_config::SeccompOperator;

constexpr std::size_t kMaxCases = 4096;
constexpr std::size_t kMaxTestsOnPath = 2048;  // bounds the depth of recursion too

bool is_high(unsigned word) { return word % 2 != 0; }
std::uint32_t argument_of(unsigned word) { return (word - kWordFirstArg) / 2; }
std::uint64_t wide(std::uint32_t high, std::uint32_t low) {
  return (std::uint64_t{high} << 32) | low;
}

// A test as a reader sees it, what it asks of the argument, and where it leads.
struct Step {
  ArgTest test;
  ValueCondition condition;
  NodeId yes = 0;
  NodeId no = 0;
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
    return step({.index = argument_of(node.test.word),
                 .mask = wide(node.test.mask, low.test.mask),
                 .value = wide(node.test.value, low.test.value)},
                low.yes, graph_.test(node.test, low.no, node.no));
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
    return step({.index = argument_of(node.test.word),
                 .op = SeccompOperator::ge,
                 .value = wide(wanted.value, low.test.value)},
                node.yes, graph_.test(wanted, low.no, same.no));
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
    return step(test, node.yes, node.no);
  }

  static Step step(const ArgTest& test, NodeId yes, NodeId no) {
    const unsigned shift = test.part == ArgPart::high_half ? 32 : 0;
    const std::uint64_t bits = test.part == ArgPart::whole ? ~0ULL : 0xffffffffULL;
    return {.test = test,
            .condition = {.at_least = test.op == SeccompOperator::ge,
                          .mask = (test.mask & bits) << shift,
                          .value = test.value << shift},
            .yes = yes,
            .no = no};
  }

  FilterGraph& graph_;
  ArgWidth width_;
};

bool pins_down(const ArgTest& test) {
  return test.part == ArgPart::whole && test.op == SeccompOperator::eq && test.mask == ~0ULL;
}

// An argument that is known needs no further condition.
std::vector<ArgTest> without_implied(const std::vector<ArgTest>& tests) {
  std::array<const ArgTest*, 6> known{};
  for (const ArgTest& test : tests) {
    if (pins_down(test)) known[test.index] = &test;
  }
  std::vector<ArgTest> kept;
  for (const ArgTest& test : tests) {
    const ArgTest* const pinned = known[test.index];
    if (pinned == nullptr || test == *pinned) kept.push_back(test);
  }
  return kept;
}

std::unexpected<base::Error> too_many_cases() {
  return base::fail(base::ErrorCode::unsupported,
                    base::cat("not analysable: a call is decided in more than ", kMaxCases,
                              " cases of its arguments"),
                    "write fewer conditions that look at the same bits of different arguments, or "
                    "one masked comparison for several");
}

class CaseWriter {
 public:
  CaseWriter(FilterGraph& graph, ArgWidth width, WorkBudget& budget)
      : graph_(graph), reader_(graph, width), budget_(budget) {
    if (width == ArgWidth::bits_64) return;
    for (auto& taken : taken_) taken.push_back({.mask = ~0ULL << 32});
  }

  base::Result<DecisionCases> run(NodeId root) {
    follow(root);
    if (cases_.size() > kMaxCases) return too_many_cases();
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
    take(step, true);
    take(step, false);
  }

  void take(const Step& step, bool holds) {
    ArgTest test = step.test;
    if (!holds) test.op = negated(test.op);
    const std::uint32_t index = test.index;
    ValueCondition condition = step.condition;
    condition.holds = holds;
    const std::uint64_t before = call_[index];
    taken_[index].push_back(condition);
    path_.push_back(test);
    if (find_call(index)) follow(holds ? step.yes : step.no);
    path_.pop_back();
    taken_[index].pop_back();
    call_[index] = before;
  }

  // Whether some value of the argument agrees with all that was taken, the last condition too; it
  // is then in call_.
  bool find_call(std::uint32_t index) {
    const std::vector<ValueCondition>& taken = taken_[index];
    if (!budget_.spend(1 + taken.size() / 16)) return false;
    const ValueCondition& last = taken.back();
    if (meets(call_[index], last)) return true;
    const bool is_known = last.holds && !last.at_least && last.mask == ~0ULL;
    if (is_known && !meets(last.value, taken)) return false;
    const auto value = is_known ? std::optional(last.value) : smallest_value(taken, budget_);
    if (value) call_[index] = *value;
    return value.has_value();
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

  FilterGraph& graph_;
  StepReader reader_;
  WorkBudget& budget_;
  std::vector<ArgTest> path_;
  std::array<std::vector<ValueCondition>, 6> taken_;  // by argument
  std::array<std::uint64_t, 6> call_{};               // takes the path
  DecisionCases cases_;
  std::optional<std::uint32_t> at_fault_;
};

}  // namespace

base::Result<DecisionCases> cases_of(FilterGraph& graph, NodeId root, ArgWidth width,
                                     WorkBudget& budget) {
  return CaseWriter(graph, width, budget).run(root);
}

}  // namespace bulkhead::policy
