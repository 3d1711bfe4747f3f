#include "policy/analysis/denied_calls.h"

#include <algorithm>
#include <string>
#include <utility>

#include "policy/analysis/filter_decision.h"
#include "policy/graph/argument_conjunction.h"

namespace bulkhead::policy {

namespace {

using oci_config::ActionData;
using oci_config::ArgCondition;
using oci_config::SeccompAction;
using oci_config::SeccompOperator;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

using Conditions = std::vector<ArgCondition>;

constexpr std::uint64_t kLowHalf = 0xffffffff;

// ---- the calls as conditions --------------------------------------------------------------------

std::uint64_t bits_of(std::uint64_t value) { return value <= kLowHalf ? kLowHalf : ~0ULL; }

ArgCondition equals(std::uint32_t index, std::uint64_t value) {
  return {index, SeccompOperator::masked_eq, bits_of(value), value};
}

Conditions conditions_of(const CallPattern& call) {
  Conditions all;
  for (std::uint32_t index = 0; index < call.arguments.size(); ++index) {
    if (const auto& value = call.arguments[index]) all.push_back(equals(index, *value));
  }
  return all;
}

// One for each bit: the bits above are those of the value, and this one is not. Together they say
// "another value", which no condition on some bits of an argument says.
Conditions other_values(const ArgCondition& equal) {
  Conditions all;
  for (std::uint64_t bit = equal.value & ~(equal.value >> 1U); bit != 0; bit >>= 1U) {
    const std::uint64_t mask = equal.value & ~(bit - 1);
    all.push_back({equal.index, SeccompOperator::masked_eq, mask, (equal.value_two & mask) ^ bit});
  }
  return all;
}

// Cases that exclude each other and together are all that `call` is not.
std::vector<Conditions> cases_beside(const Conditions& call) {
  std::vector<Conditions> cases;
  Conditions before;
  for (const ArgCondition& equal : call) {
    for (const ArgCondition& other : other_values(equal)) {
      cases.push_back(before);
      cases.back().push_back(other);
    }
    before.push_back(equal);
  }
  return cases;
}

// As a kernel that lacks it would answer; else that it is not permitted.
ActionData answer_to(const CallPattern& call) {
  constexpr std::uint16_t kEperm = 1, kEnosys = 38, kEafnosupport = 97;
  std::uint16_t errno_ret = kEperm;
  if (call.name == "clone3") errno_ret = kEnosys;  // C libraries then use clone
  if (call.name == "socket" && !call.arguments.empty()) errno_ret = kEafnosupport;
  return {.action = SeccompAction::return_errno, .errno_ret = errno_ret};
}

// ---- taking them out ----------------------------------------------------------------------------

bool denies(const ActionData& action) {
  return at_least_as_strict(action.action, SeccompAction::return_errno);
}

// Both at once. `kind` is never where no arguments satisfy both.
struct Joined {
  Conjunction kind = Conjunction::one;
  Conditions conditions;
};

Joined join(const Conditions& rule, const Conditions& beside) {
  Joined both{.conditions = rule};
  for (const ArgCondition& condition : beside) {
    const auto same = std::ranges::find(both.conditions, condition.index, &ArgCondition::index);
    if (same == both.conditions.end()) {
      both.conditions.push_back(condition);
      continue;
    }
    const JoinedCondition one = join_conditions(*same, condition);
    if (one.kind == Conjunction::never) return {one.kind, {}};
    if (one.kind == Conjunction::inexpressible) both.kind = one.kind;
    *same = one.condition;
  }
  return both;
}

// Runtimes take several conditions on one argument as alternatives.
bool repeats_an_index(const Conditions& conditions) {
  return std::ranges::any_of(conditions, [&](const ArgCondition& condition) {
    return std::ranges::count(conditions, condition.index, &ArgCondition::index) > 1;
  });
}

class Subtraction {
 public:
  explicit Subtraction(SeccompProfile profile) : profile_(std::move(profile)) {}

  // False where one profile cannot say it.
  bool take_out(const CallPattern& call) {
    const Conditions conditions = conditions_of(call);
    const std::vector<SyscallRule> rules = std::exchange(profile_.syscalls, {});
    for (const SyscallRule& rule : rules) {
      if (!keep_rest_of(rule, call, conditions)) return false;
    }
    deny(call, conditions);
    return true;
  }

  SeccompProfile result() && { return std::move(profile_); }

 private:
  bool keep_rest_of(const SyscallRule& rule, const CallPattern& call, const Conditions& denied) {
    const auto name = std::ranges::find(rule.names, call.name);
    const bool concerned = name != rule.names.end() && !denies(rule.action);
    profile_.syscalls.push_back(rule);
    if (!concerned) return true;
    std::erase(profile_.syscalls.back().names, call.name);
    if (profile_.syscalls.back().names.empty()) profile_.syscalls.pop_back();
    if (denied.empty()) return true;
    if (repeats_an_index(rule.args)) return false;
    return std::ranges::all_of(cases_beside(denied), [&](const Conditions& beside) {
      const Joined both = join(rule.args, beside);
      if (both.kind == Conjunction::one) add(rule, call.name, both.conditions);
      return both.kind != Conjunction::inexpressible;
    });
  }

  void add(const SyscallRule& rule, const std::string& name, const Conditions& conditions) {
    profile_.syscalls.push_back(rule);
    profile_.syscalls.back().names = {name};
    profile_.syscalls.back().args = conditions;
  }

  // Where the default is stricter than an errno, it answers; so does a rule that denies it already.
  void deny(const CallPattern& call, const Conditions& conditions) {
    const SeccompAction otherwise = profile_.default_action.action;
    if (otherwise != SeccompAction::return_errno && denies(profile_.default_action)) return;
    const bool denied_already =
        std::ranges::any_of(profile_.syscalls, [&](const SyscallRule& rule) {
          return denies(rule.action) && rule.args.empty() &&
                 std::ranges::find(rule.names, call.name) != rule.names.end();
        });
    if (denied_already) return;
    profile_.syscalls.push_back({.names = {call.name},
                                 .action = answer_to(call),
                                 .args = conditions,
                                 .pointer = "seccomp.deny of the policy"});
  }

  SeccompProfile profile_;
};

// ---- the comparison -----------------------------------------------------------------------------

bool is_of(const Witness& witness, const std::vector<CallPattern>& denied) {
  return std::ranges::find(denied, witness.syscall_name, &CallPattern::name) != denied.end();
}

base::Result<bool> holds(const SeccompProfile& result, const SeccompProfile& profile,
                         const std::vector<CallPattern>& denied, oci_config::SeccompArch native) {
  const auto more = excess(result, profile, native);
  if (!more) return std::unexpected(more.error());
  if (!more->empty()) return false;
  const auto left = excess(result, all_but(denied, result.architectures), native);
  if (!left) return std::unexpected(left.error());
  return std::ranges::none_of(*left,
                              [&](const Witness& witness) { return is_of(witness, denied); });
}

}  // namespace

SeccompProfile all_but(const std::vector<CallPattern>& denied,
                       const std::vector<oci_config::SeccompArch>& arches) {
  SeccompProfile profile{.dialect = oci_config::ProfileDialect::oci,
                         .default_action = {.action = SeccompAction::allow},
                         .architectures = arches};
  for (const CallPattern& call : denied) {
    profile.syscalls.push_back({.names = {call.name},
                                .action = answer_to(call),
                                .args = conditions_of(call),
                                .pointer = "seccomp.deny of the policy"});
  }
  return profile;
}

base::Result<std::optional<SeccompProfile>> without_calls(const SeccompProfile& profile,
                                                          const std::vector<CallPattern>& denied,
                                                          oci_config::SeccompArch native) {
  const auto holds_already = holds(profile, profile, denied, native);
  if (!holds_already) return std::unexpected(holds_already.error());
  if (*holds_already) return profile;
  Subtraction subtraction(profile);
  for (const CallPattern& call : denied) {
    if (!subtraction.take_out(call)) return std::nullopt;
  }
  SeccompProfile result = std::move(subtraction).result();
  const auto exact = holds(result, profile, denied, native);
  if (!exact) return std::unexpected(exact.error());
  if (!*exact) return std::nullopt;
  return result;
}

}  // namespace bulkhead::policy
