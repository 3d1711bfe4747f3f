#include "policy/decide/gate_need.h"

#include <algorithm>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

using base::ErrorCode;
using base::fail;
using oci_config::SeccompAction;

// KILL_* and LOG are recorded whatever the flags are, and ALLOW denies nothing.
bool is_recorded_anyway(SeccompAction action) {
  switch (action) {
    case SeccompAction::kill_process:
    case SeccompAction::kill_thread:
    case SeccompAction::log:
    case SeccompAction::allow: return true;
    case SeccompAction::trap:
    case SeccompAction::return_errno:
    case SeccompAction::trace:
    case SeccompAction::user_notif: return false;
  }
  return false;
}

std::unexpected<base::Error> out_of_reach(const Missing& missing) {
  return fail(
      ErrorCode::refused,
      base::cat("the policy demands what a hook alone cannot bring about: ",
                base::join(missing.out_of_reach, ", ")),
      "let the engine start containers through bulkhead-shim, or Podman use the precreate hook");
}

std::unexpected<base::Error> cannot_install_unproved() {
  return fail(ErrorCode::refused,
              "the config has not the filter or the AppArmor profile that the policy demands, and "
              "\"prove\": \"never\" keeps the gate from setting it",
              "set \"prove\" to \"when-installing\", or let the engine start containers through "
              "bulkhead-shim");
}

bool installs(const Plan& plan, const Missing& missing) {
  return missing.filter || plan.seccomp.stacked.has_value();
}

base::Result<bool> gate_needed_for(const Plan& plan, const Missing& missing) {
  if (!missing.out_of_reach.empty()) return out_of_reach(missing);
  const bool sets_something = installs(plan, missing) || missing.label;
  switch (plan.prove) {
    case Prove::always: return true;
    case Prove::when_installing: return sets_something || !plan.seccomp.may_be_skipped.empty();
    case Prove::never: break;
  }
  if (sets_something) return cannot_install_unproved();
  return false;
}

}  // namespace

bool gate_installs(const Plan& plan) { return installs(plan, plan.missing); }

bool asks_to_log(const oci_config::SeccompProfile& profile) {
  return std::ranges::find(profile.flags, oci_config::kFlagLog) != profile.flags.end();
}

bool denies_silently(const oci_config::SeccompProfile& profile) {
  return !is_recorded_anyway(profile.default_action.action) ||
         std::ranges::any_of(profile.syscalls, [](const auto& rule) {
           return !is_recorded_anyway(rule.action.action);
         });
}

bool wants_logging_filter(const PlannedSeccomp& seccomp) {
  if (seccomp.log_denials != LogDenials::always || !seccomp.profile) return false;
  const bool runtime_logs = asks_to_log(*seccomp.profile) && seccomp.log_flag != LogFlag::dropped;
  return !runtime_logs && denies_silently(*seccomp.profile);
}

base::Result<bool> needs_gate(const Plan& plan) { return gate_needed_for(plan, plan.missing); }

void leave_edit_out(Plan& plan) {
  plan.edit = {};
  if (plan.mode == Mode::enforce) return;
  plan.withheld_edit = {};
  const auto reached = gate_needed_for(plan, plan.withheld_missing);
  if (reached) return;
  if (!plan.would_refuse) plan.would_refuse.emplace();
  plan.would_refuse->reasons.push_back({.severity = Severity::error,
                                        .check = "out-of-reach",
                                        .pointer = {},
                                        .message = reached.error().message,
                                        .remedy = reached.error().remedy});
}

}  // namespace bulkhead::policy
