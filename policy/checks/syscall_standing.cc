#include "policy/checks/syscall_standing.h"

#include <algorithm>

namespace bulkhead::policy {

using oci_config::SeccompAction;

bool takes_effect(SeccompAction action) {
  switch (action) {
    case SeccompAction::kill_process:
    case SeccompAction::kill_thread:
    case SeccompAction::trap:
    case SeccompAction::return_errno: return false;
    case SeccompAction::user_notif:
    case SeccompAction::trace:
    case SeccompAction::log:
    case SeccompAction::allow: return true;
  }
  return true;
}

SyscallStanding standing_of(const oci_config::SeccompProfile& expanded, std::string_view syscall) {
  const bool by_default = takes_effect(expanded.default_action.action);
  SyscallStanding standing{.permitted = by_default, .denial = expanded.default_action};
  for (const oci_config::SyscallRule& rule : expanded.syscalls) {
    if (std::ranges::find(rule.names, syscall) == rule.names.end()) continue;
    const bool permits = takes_effect(rule.action.action);
    standing.ruled = true;
    if (rule.args.empty()) return {permits, false, true, rule.action};
    standing.conditional = standing.conditional || permits != by_default;
    standing.permitted = standing.permitted || permits;
    if (!permits) standing.denial = rule.action;
  }
  return standing;
}

}  // namespace bulkhead::policy
