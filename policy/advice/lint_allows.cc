#include <algorithm>

#include "base/text.h"
#include "policy/advice/lint_groups.h"
#include "policy/analysis/concrete_call.h"
#include "policy/checks/syscall_standing.h"
#include "policy/syscalls/argument_names.h"
#include "policy/syscalls/call_pattern.h"
#include "policy/syscalls/notorious_syscalls.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy::lint_group {

namespace {

using oci_config::SeccompArch;

std::string pointer_of_rule(const CheckContext& context, std::string_view name) {
  for (const oci_config::SyscallRule& rule : context.profile.syscalls) {
    for (const std::string& listed : rule.names) {
      if (listed == name && takes_effect(rule.action.action)) return rule.pointer;
    }
  }
  return "/defaultAction";
}

// What every engine's default allows since the kernel closed the way around the filter.
Severity severity_of(const NotoriousSyscall& call, const NodeFacts& facts) {
  constexpr oci_config::KernelVersion kTraceesAreFiltered{.major = 4, .minor = 8};
  const bool is_closed = call.name == "ptrace" && facts.kernel >= kTraceesAreFiltered;
  return is_closed ? Severity::note : call.severity;
}

std::string remedy_for(const NotoriousSyscall& call) {
  if (has_flags_in_memory(call.name)) {
    return "answer ENOSYS (errnoRet 38): libraries then use the older call, whose flags a filter "
           "sees";
  }
  if (call.arguments.empty()) return "remove it unless the program is known to need it";
  return base::cat("allow it without ", call.arguments,
                   " only: the conditions stand in `bulkhead default`");
}

// Whether the call with these arguments takes effect, whatever else it is given.
bool takes_effect_with(const FilterDecision& decision, SeccompArch arch, const CallPattern& call) {
  const auto nr = syscall_number(arch, call.name);
  if (!nr) return false;
  CallArguments arguments;
  for (const auto& argument : call.arguments) arguments.push_back(argument.value_or(0));
  const DecisionCase& one = case_of(decision.cases(audit_arch(arch), *nr), arguments);
  return std::ranges::any_of(
      one.answers, [](const FilterAnswer& answer) { return takes_effect(answer.action); });
}

// Of a call that is notorious with some arguments: with these, exactly. Of others: whatever their
// arguments are.
bool is_allowed(const CheckContext& context, const base::Result<FilterDecision>& decision,
                const NotoriousSyscall& call) {
  const auto pattern = parse_call_pattern(text_of(call));
  if (pattern && pattern->has_brackets && decision) {
    return takes_effect_with(*decision, context.facts.native, *pattern);
  }
  const SyscallStanding standing = standing_of(context.profile, call.name);
  return standing.permitted && !standing.conditional;
}

}  // namespace

void dangerous_allows(const CheckContext& context, Findings& findings) {
  // A profile whose default is to allow is told so once, by its own check; not fifty times here.
  if (takes_effect(context.profile.default_action.action)) return;
  const auto decision = decision_of(context.profile, context.facts.native);
  for (const NotoriousSyscall& call : notorious_syscalls()) {
    if (!is_allowed(context, decision, call)) continue;
    const std::string lock = call.capability.empty()
                                 ? std::string()
                                 : base::cat(" (the kernel also wants ", call.capability, ')');
    findings.push_back(
        {severity_of(call, context.facts), "dangerous-allow", pointer_of_rule(context, call.name),
         base::cat("allows '", text_of(call), "': ", call.harm, lock, "; see ", call.source),
         remedy_for(call)});
  }
}

}  // namespace bulkhead::policy::lint_group
