#include "policy/decide/recorder_stack.h"

#include <utility>

#include "base/json_writer.h"
#include "base/text.h"
#include "policy/values/apparmor_recorder.h"

namespace bulkhead::policy {

std::string why_no_recorder(const Plan& plan) {
  if (!plan.record) return {};
  if (!plan.apparmor.available) return "AppArmor is not enabled in this kernel";
  if (plan.apparmor.label.empty()) return "no AppArmor profile confines it";
  // Its root could change the profile of a namespace as deep as its own (apparmor_policy_admin).
  if (plan.process.user.in_user_namespace) {
    return "it has a user namespace, whose root could reach the profile that records";
  }
  return {};
}

void stack_recorder(Plan& plan, std::string_view process, std::string recorder) {
  plan.apparmor.recorder = std::move(recorder);
  const std::string label = stacked_label(plan.apparmor.label, plan.apparmor.recorder);
  plan.edit.operations.emplace_back(
      oci_config::SetMember{base::cat(process, "/apparmorProfile"), base::json_string(label)});
}

void leave_unrecorded(Plan& plan, std::string why) {
  if (plan.apparmor.available) {
    plan.findings.push_back({.severity = Severity::note,
                             .check = "apparmor-not-recorded",
                             .pointer = {},
                             .message = base::cat("what AppArmor sees is not recorded: ", why),
                             .remedy = {}});
  }
  plan.apparmor.unrecorded = std::move(why);
}

}  // namespace bulkhead::policy
