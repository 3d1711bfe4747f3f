#include "policy/decide/loaded_profile.h"

#include <utility>

#include "base/text.h"
#include "policy/decide/refusals.h"

namespace bulkhead::policy {

using base::quoted;

base::Result<void> hold_just_loaded(Plan& plan, const JustLoaded& profile) {
  if (confines(profile.mode)) return {};
  const RefusalRow& row = row_of(RefusalId::apparmor_not_enforcing);
  std::string message = base::cat(
      "the AppArmor profile ", quoted(profile.name), " of ", quoted(profile.path),
      " does not enforce: it is in complain or unconfined mode (flags, or force-complain/)");
  if (!plan.apparmor.complain_accepted) {
    return base::fail(base::ErrorCode::refused, std::move(message), std::string(row.remedy));
  }
  plan.findings.push_back({.severity = Severity::warning,
                           .check = std::string(row.name),
                           .pointer = "/process/apparmorProfile",
                           .message = std::move(message),
                           .remedy = "enforce it (aa-enforce)"});
  return {};
}

}  // namespace bulkhead::policy
