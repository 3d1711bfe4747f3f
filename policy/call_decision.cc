#include "policy/call_decision.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "policy/call_names.h"
#include "policy/filter_machine.h"
#include "policy/filter_paths.h"
#include "policy/syscall_standing.h"
#include "policy/word_constraints.h"

namespace bulkhead::policy {

namespace {

using base::Result;

constexpr std::size_t kMaxCases = 256;  // more conditions than a person could read

struct Case {
  std::vector<ArgumentTest> when;
  std::uint32_t value = 0;  // the raw return value
};

// Follows all filters, newest first, for one architecture and number, and gathers the cases.
class CaseWalk {
 public:
  CaseWalk(const FilterGraph& graph, const std::vector<NodeId>& roots, std::uint32_t arch,
           std::uint32_t nr)
      : graph_(graph), roots_(roots) {
    fixed_[kWordNumber] = nr;
    fixed_[kWordArch] = arch;
  }

  Result<std::vector<Case>> run() {
    follow(0, roots_[0], std::nullopt);
    if (error_) return std::unexpected(*error_);
    return std::move(cases_);
  }

 private:
  using Strictest = std::optional<std::uint32_t>;

  void follow(std::size_t root, NodeId id, Strictest so_far) {
    if (error_) return;
    const Node& node = graph_[id];
    switch (node.kind) {
      case NodeKind::test: follow_test(root, node, so_far); return;
      case NodeKind::answer: answered(root, node.value, so_far); return;
      case NodeKind::not_analysable: error_ = not_analysable(node.value).error(); return;
      case NodeKind::one_of:
      case NodeKind::unchecked:  // profiles only; a program always answers
        error_ = base::Error{base::ErrorCode::internal, "a program without an answer", {}};
        return;
    }
  }

  void answered(std::size_t root, std::uint32_t value, Strictest so_far) {
    if (!so_far || takes_precedence(value, *so_far)) so_far = value;
    if (root + 1 < roots_.size()) {
      follow(root + 1, roots_[root + 1], so_far);
      return;
    }
    if (cases_.size() == kMaxCases) {
      error_ = base::Error{
          base::ErrorCode::unsupported, "the call has more than 256 cases, too many to tell", {}};
      return;
    }
    cases_.push_back({when_, *so_far});
  }

  void follow_test(std::size_t root, const Node& node, Strictest so_far) {
    const unsigned word = node.test.word;
    if (word <= kWordArch) {
      const std::uint32_t masked = fixed_[word] & node.test.mask;
      const bool yes = node.test.at_least ? masked >= node.test.value : masked == node.test.value;
      follow(root, yes ? node.yes : node.no, so_far);
      return;
    }
    const bool can_hold = possible(node.test, true);
    const bool can_fail = possible(node.test, false);
    if (can_hold) branch(root, node.test, true, can_fail, node.yes, so_far);
    if (can_fail) branch(root, node.test, false, can_hold, node.no, so_far);
  }

  // A condition that cannot be otherwise here is not told.
  void branch(std::size_t root, const WordTest& test, bool holds, bool open, NodeId next,
              Strictest so_far) {
    auto& conditions = conditions_[test.word];
    conditions.push_back(condition_of(test, holds));
    if (open) when_.push_back(told(test, holds));
    follow(root, next, so_far);
    if (open) when_.pop_back();
    conditions.pop_back();
  }

  bool possible(const WordTest& test, bool holds) {
    std::vector<WordCondition> conditions = conditions_[test.word];
    conditions.push_back(condition_of(test, holds));
    const bool found = smallest_word(conditions, budget_).has_value();
    if (budget_.exhausted() && !error_) {
      error_ =
          base::Error{base::ErrorCode::unsupported, "deciding the call takes too much work", {}};
    }
    return found;
  }

  static WordCondition condition_of(const WordTest& test, bool holds) {
    return {test.at_least, holds, test.mask, test.value};
  }

  static ArgumentTest told(const WordTest& test, bool holds) {
    const unsigned half = test.word - kWordFirstArg;
    return {half / 2, half % 2 == 1, test.at_least, holds, test.mask, test.value};
  }

  const FilterGraph& graph_;
  const std::vector<NodeId>& roots_;
  std::array<std::uint32_t, 2> fixed_{};
  std::array<std::vector<WordCondition>, kWordCount> conditions_;
  std::vector<ArgumentTest> when_;
  std::vector<Case> cases_;
  WorkBudget budget_{4'000'000};
  std::optional<base::Error> error_;
};

// Two cases with the same answer that differ in whether one condition holds are one without it.
std::optional<std::vector<ArgumentTest>> merged(const Case& a, const Case& b) {
  if (a.value != b.value || a.when.size() != b.when.size()) return std::nullopt;
  std::optional<std::size_t> opposite;
  for (std::size_t at = 0; at < a.when.size(); ++at) {
    if (a.when[at] == b.when[at]) continue;
    ArgumentTest negated = b.when[at];
    negated.holds = !negated.holds;
    if (opposite || !(a.when[at] == negated)) return std::nullopt;
    opposite = at;
  }
  if (!opposite) return a.when;
  std::vector<ArgumentTest> when = a.when;
  when.erase(when.begin() + static_cast<std::ptrdiff_t>(*opposite));
  return when;
}

bool merge_once(std::vector<Case>& cases) {
  for (std::size_t a = 0; a < cases.size(); ++a) {
    for (std::size_t b = a + 1; b < cases.size(); ++b) {
      auto when = merged(cases[a], cases[b]);
      if (!when) continue;
      cases[a].when = std::move(*when);
      cases.erase(cases.begin() + static_cast<std::ptrdiff_t>(b));
      return true;
    }
  }
  return false;
}

// The answer of arguments that no rule speaks of. A filter looks at the high halves only to send
// values beyond 32 bits there; without such a case it is the answer with the most conditions not
// held.
std::uint32_t usual_answer(const std::vector<Case>& cases) {
  std::map<std::uint32_t, std::size_t> points;
  for (const Case& one : cases) {
    points[one.value] += 1;
    for (const ArgumentTest& test : one.when) {
      if (!test.holds) points[one.value] += test.high_half && test.value == 0 ? 100 : 1;
    }
  }
  return std::ranges::max_element(points, {}, [](const auto& entry) { return entry.second; })
      ->first;
}

}  // namespace

bool CallDecision::always_takes_effect() const {
  return takes_effect(otherwise.action) && std::ranges::all_of(special, [](const auto& one) {
           return takes_effect(one.answer.action);
         });
}

bool CallDecision::never_takes_effect() const {
  return !takes_effect(otherwise.action) && std::ranges::none_of(special, [](const auto& one) {
    return takes_effect(one.answer.action);
  });
}

Result<FilterView> FilterView::of(const std::vector<FilterProgram>& newest_first) {
  if (newest_first.empty()) {
    return base::fail(base::ErrorCode::invalid_input, "there is no filter to look at");
  }
  FilterView view;
  for (const FilterProgram& program : newest_first) {
    const auto root = add_program(view.graph_, program);
    if (!root) return std::unexpected(root.error());
    view.roots_.push_back(*root);
  }
  return view;
}

Result<CallDecision> FilterView::decide(std::uint32_t audit_arch, std::uint32_t nr) const {
  auto cases = CaseWalk(graph_, roots_, audit_arch, nr).run();
  if (!cases) return std::unexpected(cases.error());
  while (merge_once(*cases)) {
  }
  const std::uint32_t usual = usual_answer(*cases);
  CallDecision decision{.otherwise = answer_of_return_value(usual)};
  for (Case& one : *cases) {
    if (one.value == usual) continue;
    decision.special.push_back({std::move(one.when), answer_of_return_value(one.value)});
  }
  return decision;
}

}  // namespace bulkhead::policy
