#include "policy/decide/gate_need.h"

#include <algorithm>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

using base::ErrorCode;
using base::fail;

std::unexpected<base::Error> out_of_reach(const Plan& plan) {
  return fail(
      ErrorCode::refused,
      base::cat("the policy demands what a hook alone cannot bring about: ",
                base::join(plan.missing.out_of_reach, ", ")),
      "let the engine start containers through bulkhead-shim, or Podman use the precreate hook");
}

std::unexpected<base::Error> cannot_install_unproved() {
  return fail(ErrorCode::refused,
              "the config has not the filter or the AppArmor profile that the policy demands, and "
              "\"prove\": \"never\" keeps the gate from setting it",
              "set \"prove\" to \"when-installing\", or let the engine start containers through "
              "bulkhead-shim");
}

}  // namespace

bool gate_installs(const Plan& plan) {
  return plan.missing.filter || plan.seccomp.stacked.has_value();
}

bool wants_logging_filter(const PlannedSeccomp& seccomp) {
  if (seccomp.log_denials != LogDenials::always || !seccomp.profile) return false;
  return std::ranges::find(seccomp.profile->flags, oci_config::kFlagLog) ==
         seccomp.profile->flags.end();
}

base::Result<bool> needs_gate(const Plan& plan) {
  if (!plan.missing.out_of_reach.empty()) return out_of_reach(plan);
  const bool sets_something = gate_installs(plan) || plan.missing.label;
  switch (plan.prove) {
    case Prove::always: return true;
    case Prove::when_installing: return sets_something;
    case Prove::never: break;
  }
  if (sets_something) return cannot_install_unproved();
  return false;
}

}  // namespace bulkhead::policy
