// The groups of checks that lint_checks.cc puts into one table. For lint_*.cc only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/checks/profile_checks.h"
#include "policy/checks/startup_needs.h"

namespace bulkhead::policy::lint_group {

using Findings = std::vector<Finding>;

// lint_rules.cc: rules that do not do what they seem to.
void names_missing_on_an_architecture(const CheckContext& context, Findings& findings);
void denials_older_runtimes_skip(const CheckContext& context, Findings& findings);
void shadowed_rules(const CheckContext& context, Findings& findings);
void notification_deadlock(const CheckContext& context, Findings& findings);
void unused_errno(const CheckContext& context, Findings& findings);

// lint_architectures.cc
void missing_compat_architectures(const CheckContext& context, Findings& findings);
void x32_calls(const CheckContext& context, Findings& findings);

// lint_startup.cc: profiles under which nothing starts.
// Whether the table of needs was measured on this machine's architecture.
[[nodiscard]] bool measured_here(const CheckContext& context);
[[nodiscard]] std::vector<StartupGap> gaps_in(const CheckContext& context, const StartupNeed& need);
void runtime_cannot_start(const CheckContext& context, Findings& findings);
void program_cannot_start(const CheckContext& context, Findings& findings);
void new_calls_without_enosys(const CheckContext& context, Findings& findings);

// Calls that libraries try first, of which only ENOSYS leads to the older one.
struct NewCall {
  std::string_view name;
  std::string_view consequence;
};
// Those that the profile answers with another errno.
[[nodiscard]] std::vector<NewCall> calls_without_enosys(const CheckContext& context);

// lint_allows.cc
void dangerous_allows(const CheckContext& context, Findings& findings);

// "a, b, c and 12 more", each name quoted.
[[nodiscard]] std::string name_list(const std::vector<std::string_view>& names);

}  // namespace bulkhead::policy::lint_group
