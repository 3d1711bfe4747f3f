// What of a plan is left to the gate, seen from a hook: the runtime has read config.json already,
// so the plan's edit reaches nobody.
//
// Not supported by the hook alone: setting no_new_privileges, dropping capabilities, a read-only
// root file system, and taking an AppArmor profile away. With the shim, or Podman's precreate hook,
// the runtime does these itself, and nothing of them is missing in config.json.
#pragma once

#include "base/error.h"
#include "policy/decide/decide.h"

namespace bulkhead::policy {

// Whether the gate installs a filter: config.json lacks the planned one, or two must hold.
[[nodiscard]] bool gate_installs(const Plan& plan);

// Whether the profile asks for SECCOMP_FILTER_FLAG_LOG.
[[nodiscard]] bool asks_to_log(const oci_config::SeccompProfile& profile);

// Whether it denies anything by an action that the kernel records only for filters with that flag:
// KILL_* and LOG always are.
[[nodiscard]] bool denies_silently(const oci_config::SeccompProfile& profile);

// Whether the policy wants denials logged on every runtime, and the filter that this one installs
// from config.json denies something without the flag for it: the gate then installs the same filter
// once more, with the flag.
[[nodiscard]] bool wants_logging_filter(const PlannedSeccomp& seccomp);

// Whether a gate must hold the container. Error (code refused): the plan cannot be reached without
// editing config.json, or `prove` keeps the gate from setting what is missing.
[[nodiscard]] base::Result<bool> needs_gate(const Plan& plan);

// The runtime has read config.json: nothing of the plan's edit comes about. In mode observe, what
// enforce would have refused for it is told in plan.would_refuse.
void leave_edit_out(Plan& plan);

}  // namespace bulkhead::policy
