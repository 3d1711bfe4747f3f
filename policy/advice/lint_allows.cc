#include "base/text.h"
#include "policy/advice/lint_groups.h"
#include "policy/checks/syscall_standing.h"
#include "policy/syscalls/notorious_syscalls.h"

namespace bulkhead::policy::lint_group {

namespace {

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

}  // namespace

void dangerous_allows(const CheckContext& context, Findings& findings) {
  // A profile whose default is to allow is told so once, by its own check; not fifty times here.
  if (takes_effect(context.profile.default_action.action)) return;
  for (const NotoriousSyscall& call : notorious_syscalls()) {
    const SyscallStanding standing = standing_of(context.profile, call.name);
    if (!standing.permitted || standing.conditional) continue;
    const std::string lock = call.capability.empty()
                                 ? std::string()
                                 : base::cat(" (the kernel also wants ", call.capability, ')');
    findings.push_back(
        {severity_of(call, context.facts), "dangerous-allow", pointer_of_rule(context, call.name),
         base::cat("allows '", call.name, "': ", call.harm, lock, "; see ", call.source),
         "remove it unless the program is known to need it"});
  }
}

}  // namespace bulkhead::policy::lint_group
