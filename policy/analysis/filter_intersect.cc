#include "policy/analysis/filter_intersect.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/analysis/difference_search.h"
#include "policy/filter/filter_machine.h"
#include "policy/graph/argument_conjunction.h"
#include "policy/graph/profile_graph.h"

namespace bulkhead::policy {

namespace {

using base::Result;
using oci_config::ActionData;
using oci_config::ArgCondition;
using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

using Conditions = std::vector<ArgCondition>;

struct ConditionalAction {
  Conditions conditions;
  ActionData action;
  bool left_over = false;  // holds where no other case does, which its conditions do not say
};

// What one profile says of one name.
struct NameRules {
  std::optional<ActionData> always;  // the first rule without conditions, or no rule at all
  std::vector<ConditionalAction> sometimes;
};

bool same_action(const ActionData& a, const ActionData& b) {
  constexpr std::uint16_t kEperm = 1;
  return a.action == b.action && a.errno_ret.value_or(kEperm) == b.errno_ret.value_or(kEperm);
}

const ActionData& stricter(const ActionData& a, const ActionData& b) {
  return at_least_as_strict(a.action, b.action) ? a : b;
}

using RulesByName = std::map<std::string, NameRules, std::less<>>;

bool repeats_an_index(const Conditions& conditions) {
  std::array<bool, 6> seen{};
  return std::ranges::any_of(conditions, [&](const ArgCondition& condition) {
    return condition.index < seen.size() && std::exchange(seen[condition.index], true);
  });
}

void add_rule(NameRules& rules, const SyscallRule& rule) {
  if (rules.always) return;
  if (rule.args.empty()) {
    rules.always = rule.action;
    rules.sometimes.clear();
    return;
  }
  if (!repeats_an_index(rule.args)) {
    rules.sometimes.push_back({rule.args, rule.action});
    return;
  }
  for (const ArgCondition& condition : rule.args) {
    rules.sometimes.push_back({{condition}, rule.action});
  }
}

RulesByName rules_by_name(const SeccompProfile& profile) {
  RulesByName rules;
  for (const SyscallRule& rule : profile.syscalls) {
    if (same_action(rule.action, profile.default_action)) continue;
    for (const std::string& name : rule.names) add_rule(rules[name], rule);
  }
  return rules;
}

NameRules rules_for(const RulesByName& rules, std::string_view name, const ActionData& default_) {
  const auto known = rules.find(name);
  return known == rules.end() ? NameRules{.always = default_} : known->second;
}

// The cases of one side, the case that no condition holds last.
std::vector<ConditionalAction> cases_of(const NameRules& rules, const ActionData& default_) {
  std::vector<ConditionalAction> cases = rules.sometimes;
  cases.push_back({{}, rules.always.value_or(default_), !rules.sometimes.empty()});
  return cases;
}

// Both lists of conditions at once; nothing where that never holds or cannot be said.
std::optional<Conditions> joined(const Conditions& a, const Conditions& b) {
  Conditions all = a;
  for (const ArgCondition& condition : b) {
    const auto other = std::ranges::find(all, condition.index, &ArgCondition::index);
    if (other == all.end()) {
      all.push_back(condition);
      continue;
    }
    const JoinedCondition both = join_conditions(*other, condition);
    if (both.kind != Conjunction::one) return std::nullopt;
    *other = both.condition;
  }
  return all;
}

// Whether `narrow` holds only where `wide` does; false where that is not seen.
bool implies(const Conditions& narrow, const Conditions& wide) {
  return std::ranges::all_of(wide, [&](const ArgCondition& condition) {
    const auto same = std::ranges::find(narrow, condition.index, &ArgCondition::index);
    if (same == narrow.end()) return false;
    const JoinedCondition both = join_conditions(*same, condition);
    return both.kind == Conjunction::one && both.condition == *same;
  });
}

// Cases that another one with the same action covers: they would only make the filter longer.
void drop_covered(std::vector<ConditionalAction>& cases) {
  for (std::size_t at = cases.size(); at-- > 0;) {
    const bool covered = std::ranges::any_of(cases, [&](const ConditionalAction& other) {
      return &other != &cases[at] && same_action(other.action, cases[at].action) &&
             implies(cases[at].conditions, other.conditions);
    });
    if (covered) cases.erase(cases.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

// A candidate: what is written without regard to what rules cannot say. Comparing it with both
// profiles tells whether something is missing.
class Intersection {
 public:
  Intersection(const SeccompProfile& a, const SeccompProfile& b)
      : a_(a), b_(b), rules_a_(rules_by_name(a)), rules_b_(rules_by_name(b)) {
    result_.default_action = stricter(a.default_action, b.default_action);
  }

  std::optional<SeccompProfile> build(SeccompArch native) {
    if (!add_listener()) return std::nullopt;
    add_architectures(native);
    add_flags();
    std::set<std::string_view> names;
    for (const auto& [name, rules] : rules_a_) names.insert(name);
    for (const auto& [name, rules] : rules_b_) names.insert(name);
    for (const std::string_view name : names) add_name(name);
    if (budget_.exhausted()) return std::nullopt;
    return std::move(result_);
  }

 private:
  bool add_listener() {
    if (!a_.listener_path.empty() && !b_.listener_path.empty() &&
        a_.listener_path != b_.listener_path) {
      return false;
    }
    const SeccompProfile& source = a_.listener_path.empty() ? b_ : a_;
    result_.listener_path = source.listener_path;
    result_.listener_metadata = source.listener_metadata;
    return true;
  }

  void add_architectures(SeccompArch native) {
    const auto listed = [&](const SeccompProfile& profile, SeccompArch arch) {
      return arch == native ||
             std::ranges::find(profile.architectures, arch) != profile.architectures.end();
    };
    result_.architectures = {native};
    for (const SeccompArch arch : a_.architectures) {
      if (arch != native && listed(b_, arch)) result_.architectures.push_back(arch);
    }
  }

  void add_flags() {
    result_.flags = a_.flags;
    for (const std::string& flag : b_.flags) {
      if (std::ranges::find(result_.flags, flag) == result_.flags.end()) {
        result_.flags.push_back(flag);
      }
    }
  }

  void add_name(std::string_view name) {
    const NameRules a = rules_for(rules_a_, name, a_.default_action);
    const NameRules b = rules_for(rules_b_, name, b_.default_action);
    const auto cases_a = cases_of(a, a_.default_action);
    const auto cases_b = cases_of(b, b_.default_action);
    const std::size_t pairs = cases_a.size() * cases_b.size();
    // Each pair is held against every other, and against the rules that are there.
    if (!budget_.spend(pairs * (pairs + result_.syscalls.size()))) return;
    std::vector<ConditionalAction> cases;
    for (const auto& case_a : cases_a) {
      for (const auto& case_b : cases_b) {
        auto both = joined(case_a.conditions, case_b.conditions);
        if (!both) continue;
        cases.push_back({.conditions = *std::move(both),
                         .action = stricter(case_a.action, case_b.action),
                         .left_over = case_a.left_over || case_b.left_over});
      }
    }
    add_cases(name, std::move(cases));
  }

  // The last case is that no condition holds.
  void add_cases(std::string_view name, std::vector<ConditionalAction> cases) {
    const ActionData otherwise = cases.back().action;
    const bool always = std::ranges::all_of(
        cases, [&](const ConditionalAction& one) { return same_action(one.action, otherwise); });
    if (always) {
      if (!same_action(otherwise, result_.default_action)) add(name, {}, otherwise);
      return;
    }
    std::erase_if(cases, [&](const ConditionalAction& one) {
      return one.conditions.empty() || is_default(one);
    });
    drop_covered(cases);
    for (const ConditionalAction& one : cases) add(name, one.conditions, one.action);
  }

  // What is left over gets the default's errno, or its rule would overlap with those of the other
  // cases.
  [[nodiscard]] bool is_default(const ConditionalAction& one) const {
    return one.left_over ? one.action.action == result_.default_action.action
                         : same_action(one.action, result_.default_action);
  }

  void add(std::string_view name, const Conditions& conditions, const ActionData& action) {
    for (SyscallRule& rule : result_.syscalls) {
      if (rule.args != conditions || !same_action(rule.action, action)) continue;
      rule.names.emplace_back(name);
      return;
    }
    SyscallRule rule;
    rule.names.emplace_back(name);
    rule.action = action;
    rule.args = conditions;
    rule.pointer = "/syscalls/" + std::to_string(result_.syscalls.size());
    result_.syscalls.push_back(std::move(rule));
  }

  const SeccompProfile& a_;
  const SeccompProfile& b_;
  RulesByName rules_a_;
  RulesByName rules_b_;
  WorkBudget budget_;
  SeccompProfile result_;
};

// a, b and their intersection in one graph.
struct Triple {
  FilterGraph graph;
  std::vector<NodeId> roots;
};

enum class Exactness : std::uint8_t {
  answers,  // the stricter answer with its data
  actions,  // the stricter action; ERRNO may carry another errno
};

Judgement judge_triple(const FilterGraph& graph, std::span<const NodeId> leaves,
                       Exactness exactness) {
  const auto all_answers = std::ranges::all_of(
      leaves, [&](NodeId leaf) { return graph[leaf].kind == NodeKind::answer; });
  if (!all_answers) {
    // Open or unchecked on the same terms on every side is no difference.
    const bool alike = leaves[0] == leaves[1] && leaves[1] == leaves[2];
    return {alike ? DifferenceKind::none : DifferenceKind::data, {}, {}};
  }
  const FilterAnswer a = answer_of_return_value(graph[leaves[0]].value);
  const FilterAnswer b = answer_of_return_value(graph[leaves[1]].value);
  const FilterAnswer result = answer_of_return_value(graph[leaves[2]].value);
  const FilterAnswer expected = at_least_as_strict(a.action, b.action) ? a : b;
  if (a.action == b.action && effect_of(result) == effect_of(b)) return {};
  const bool denied = expected.action == SeccompAction::return_errno;
  if (exactness == Exactness::actions && denied && result.action == expected.action) return {};
  return judge_answers(result, expected);
}

Result<bool> is_intersection(const SeccompProfile& a, const SeccompProfile& b,
                             const SeccompProfile& result, SeccompArch native,
                             Exactness exactness) {
  Triple triple;
  for (const SeccompProfile* profile : {&a, &b, &result}) {
    const auto root = add_profile(triple.graph, *profile, native);
    if (!root) return std::unexpected(root.error());
    triple.roots.push_back(*root);
  }
  const auto differences = DifferenceSearch(
                               triple.graph, triple.roots,
                               [&](std::span<const NodeId> leaves) {
                                 return judge_triple(triple.graph, leaves, exactness);
                               },
                               [](const SyscallEvent&, const Judgement&) { return true; })
                               .run(DifferenceSearch::Extent::first_witness);
  if (!differences) return std::unexpected(differences.error());
  return differences->empty();
}

}  // namespace

// Of equal actions the first profile's errno stands, so the order decides which default it is; and
// with another default another answer may be inexpressible.
Result<std::optional<SeccompProfile>> intersect(const SeccompProfile& a, const SeccompProfile& b,
                                                SeccompArch native) {
  std::optional<SeccompProfile> candidates[] = {Intersection(a, b).build(native),
                                                Intersection(b, a).build(native)};
  for (const Exactness exactness : {Exactness::answers, Exactness::actions}) {
    for (auto& candidate : candidates) {
      if (!candidate) continue;
      const auto exact = is_intersection(a, b, *candidate, native, exactness);
      if (!exact) return std::unexpected(exact.error());
      if (*exact) return std::move(candidate);
    }
  }
  return std::nullopt;
}

}  // namespace bulkhead::policy
