#include "policy/graph/profile_graph.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/text.h"
#include "oci-config/rule_meaning.h"
#include "policy/filter/filter_machine.h"
#include "policy/graph/answer_overlay.h"
#include "policy/graph/symbolic_value.h"
#include "policy/syscalls/multiplexed_calls.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy {

namespace {

using base::Result;
using oci_config::ActionData;
using oci_config::ArgCondition;
using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompOperator;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

constexpr std::uint32_t kBadArchAnswer = 0;  // KILL_THREAD

std::uint32_t return_value_of(const ActionData& action) {
  constexpr std::uint16_t kEperm = 1;  // what runtimes take where errnoRet is not written
  const bool has_data =
      action.action == SeccompAction::return_errno || action.action == SeccompAction::trace;
  const std::uint16_t data = has_data ? action.errno_ret.value_or(kEperm) : std::uint16_t{0};
  return policy::return_value_of(FilterAnswer{action.action, data});
}

using Conditions = std::vector<ArgCondition>;

// The rules for one call that are not out of force.
struct CallRules {
  std::optional<std::uint32_t> unconditional;
  std::vector<std::pair<std::uint32_t, std::vector<Conditions>>> by_answer;
};

void add_rule(CallRules& rules, std::uint32_t answer, const Conditions& conditions) {
  if (rules.unconditional) return;
  if (conditions.empty()) {
    rules.unconditional = answer;
    return;
  }
  const auto known = std::ranges::find(rules.by_answer, answer, [](auto& e) { return e.first; });
  if (known != rules.by_answer.end()) return known->second.push_back(conditions);
  rules.by_answer.push_back({answer, {conditions}});
}

// The nodes of one condition.
class ConditionNodes {
 public:
  ConditionNodes(FilterGraph& graph, bool wide) : graph_(graph), wide_(wide) {}

  NodeId all(const Conditions& conditions, Branches to) {
    NodeId node = to.yes;
    for (std::size_t i = conditions.size(); i-- > 0;) node = one(conditions[i], {node, to.no});
    return node;
  }

  // Equalities of words that hold where all conditions do.
  [[nodiscard]] std::vector<WordTest> equalities(const Conditions& conditions) const {
    std::vector<WordTest> found;
    for (const ArgCondition& condition : conditions) {
      const bool masked = condition.op == SeccompOperator::masked_eq;
      if (!masked && condition.op != SeccompOperator::eq) continue;
      const std::uint64_t mask = masked ? condition.value : ~0ULL;
      const std::uint64_t value = masked ? condition.value_two & mask : condition.value;
      found.push_back({low_word(condition.index), false, low(mask), low(value)});
      if (wide_) found.push_back({high_word(condition.index), false, high(mask), high(value)});
    }
    return found;
  }

 private:
  NodeId one(const ArgCondition& condition, Branches to) {
    const std::uint64_t value = condition.value;
    switch (condition.op) {
      case SeccompOperator::eq: return equal(condition.index, ~0ULL, value, to);
      case SeccompOperator::ne: return equal(condition.index, ~0ULL, value, {to.no, to.yes});
      case SeccompOperator::ge: return at_least(condition.index, value, to);
      case SeccompOperator::lt: return at_least(condition.index, value, {to.no, to.yes});
      case SeccompOperator::gt: return greater(condition.index, value, to);
      case SeccompOperator::le: return greater(condition.index, value, {to.no, to.yes});
      case SeccompOperator::masked_eq:
        // libseccomp drops the bits of the wanted value that the mask hides.
        return equal(condition.index, value, condition.value_two & value, to);
    }
    return to.no;
  }

  static std::uint32_t low(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
  static std::uint32_t high(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }
  static std::uint8_t low_word(std::uint32_t index) {
    return static_cast<std::uint8_t>(kWordFirstArg + 2 * index);
  }
  static std::uint8_t high_word(std::uint32_t index) {
    return static_cast<std::uint8_t>(low_word(index) + 1);
  }

  NodeId equal(std::uint32_t index, std::uint64_t mask, std::uint64_t value, Branches to) {
    const NodeId low_node =
        graph_.test({low_word(index), false, low(mask), low(value)}, to.yes, to.no);
    if (!wide_) return low_node;
    return graph_.test({high_word(index), false, high(mask), high(value)}, low_node, to.no);
  }

  NodeId at_least(std::uint32_t index, std::uint64_t value, Branches to) {
    return ordered(index, value,
                   graph_.test({low_word(index), true, ~0U, low(value)}, to.yes, to.no), to);
  }

  NodeId greater(std::uint32_t index, std::uint64_t value, Branches to) {
    const NodeId low_node =
        low(value) == ~0U
            ? to.no
            : graph_.test({low_word(index), true, ~0U, low(value) + 1}, to.yes, to.no);
    return ordered(index, value, low_node, to);
  }

  // The high half decides unless it equals that of the value.
  NodeId ordered(std::uint32_t index, std::uint64_t value, NodeId low_node, Branches to) {
    if (!wide_) return low_node;
    const NodeId same = graph_.test({high_word(index), false, ~0U, high(value)}, low_node, to.no);
    if (high(value) == ~0U) return same;
    return graph_.test({high_word(index), true, ~0U, high(value) + 1}, to.yes, same);
  }

  FilterGraph& graph_;
  bool wide_;
};

class ArchitectureRules {
 public:
  ArchitectureRules(FilterGraph& graph, const SeccompProfile& profile, SeccompArch arch)
      : graph_(graph),
        arch_(arch),
        default_(return_value_of(profile.default_action)),
        rewrite_(graph, budget_) {
    for (const SyscallRule& rule : profile.syscalls) add(rule);
  }

  Result<NodeId> node() {
    NodeId node = graph_.answer(default_);
    for (const auto& [number, rules] : rules_) {
      const NodeId call = call_node(rules);
      if (budget_.exhausted()) {
        return too_much_work(
            base::cat(base::quoted(syscall_name(arch_, number)), " on ", short_name(arch_)));
      }
      node = graph_.test({kWordNumber, false, ~0U, number}, call, node);
    }
    return node;
  }

 private:
  void add(const SyscallRule& rule) {
    const std::uint32_t answer = return_value_of(rule.action);
    if (answer == default_) return;
    const std::vector<Conditions> alternatives = oci_config::alternatives_of(rule.args);
    for (const std::string& name : rule.names) {
      for (const Conditions& conditions : alternatives) add_call(name, answer, conditions);
    }
  }

  void add_call(std::string_view name, std::uint32_t answer, const Conditions& conditions) {
    if (arch_ == SeccompArch::x86) add_multiplexed(name, answer, conditions);
    if (const auto number = syscall_number(arch_, name)) {
      add_rule(rules_[*number], answer, conditions);
    }
  }

  void add_multiplexed(std::string_view name, std::uint32_t answer, Conditions conditions) {
    const auto call = multiplexed_call(name);
    if (!call) return;
    const auto number = syscall_number(arch_, call->through);
    if (!number) return;
    std::erase_if(conditions, [](const ArgCondition& condition) { return condition.index == 0; });
    conditions.insert(conditions.begin(), ArgCondition{.index = 0, .value = call->call});
    add_rule(rules_[*number], answer, conditions);
  }

  NodeId call_node(const CallRules& rules) {
    if (rules.unconditional) return graph_.answer(*rules.unconditional);
    NodeId node = graph_.answer(default_);
    for (std::size_t i = rules.by_answer.size(); i-- > 0;) {
      node = with_rules(node, rules.by_answer[i].first, rules.by_answer[i].second);
    }
    return node;
  }

  // `others` says what the rules with other answers say.
  NodeId with_rules(NodeId others, std::uint32_t answer,
                    const std::vector<Conditions>& alternatives) {
    const NodeId none = graph_.answer(default_);
    ConditionNodes nodes(graph_, oci_config::has_wide_arguments(arch_));
    NodeId node = others;
    for (std::size_t i = alternatives.size(); i-- > 0;) {
      const std::vector<WordTest> holding = nodes.equalities(alternatives[i]);
      const NodeId yes = overlaid(graph_, others, {answer, holding}, none, rewrite_);
      node = nodes.all(alternatives[i], {yes, node});
    }
    return node;
  }

  FilterGraph& graph_;
  SeccompArch arch_;
  std::uint32_t default_;
  WorkBudget budget_;
  GraphRewrite rewrite_;
  std::map<std::uint32_t, CallRules> rules_;
};

bool contains(std::span<const SeccompArch> arches, SeccompArch arch) {
  return std::ranges::find(arches, arch) != arches.end();
}

bool has_table(SeccompArch arch) { return contains(syscall_arches(), arch); }

class ProfileNodes {
 public:
  ProfileNodes(FilterGraph& graph, const SeccompProfile& profile, SeccompArch native)
      : graph_(graph), profile_(profile), arches_(profile.architectures) {
    arches_.push_back(native);
  }

  Result<NodeId> node() {
    if (!has_table(arches_.back())) {
      return base::fail(
          base::ErrorCode::unsupported,
          base::cat("there is no table of the system calls of ", name_of(arches_.back())));
    }
    NodeId node = graph_.answer(kBadArchAnswer);
    for (const SeccompArch arch : arches_) {
      if (arch == SeccompArch::x32 || arch == SeccompArch::x86_64) continue;
      auto numbers = numbers_of(arch);
      if (!numbers) return numbers;
      node = graph_.test({kWordArch, false, ~0U, audit_arch(arch)}, *numbers, node);
    }
    auto numbers = numbers_of_x86_64();
    if (!numbers) return numbers;
    return graph_.test({kWordArch, false, ~0U, audit_arch(SeccompArch::x86_64)}, *numbers, node);
  }

 private:
  // An architecture without a table is none that this kernel runs: nothing is said about its calls.
  Result<NodeId> numbers_of(SeccompArch arch) {
    if (!contains(arches_, arch)) return graph_.answer(kBadArchAnswer);
    if (!has_table(arch)) return graph_.unchecked();
    return ArchitectureRules(graph_, profile_, arch).node();
  }

  Result<NodeId> numbers_of_x86_64() {
    auto x32 = numbers_of(SeccompArch::x32);
    if (!x32) return x32;
    auto x86_64 = numbers_of(SeccompArch::x86_64);
    if (!x86_64) return x86_64;
    // libseccomp lets -1, which tracers write to skip a call, pass its guard against x32.
    const NodeId above = contains(arches_, SeccompArch::x32)
                             ? *x32
                             : graph_.test({kWordNumber, false, ~0U, ~0U}, *x86_64, *x32);
    return graph_.test({kWordNumber, true, ~0U, kX32Bit}, above, *x86_64);
  }

  FilterGraph& graph_;
  const SeccompProfile& profile_;
  std::vector<SeccompArch> arches_;
};

}  // namespace

Result<NodeId> add_profile(FilterGraph& graph, const SeccompProfile& expanded, SeccompArch native) {
  return ProfileNodes(graph, expanded, native).node();
}

}  // namespace bulkhead::policy
