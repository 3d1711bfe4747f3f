// The checks of the names in a profile's rules. For profile_checks.cc only.
#pragma once

#include <string>
#include <vector>

#include "policy/checks/profile_checks.h"

namespace bulkhead::policy::rule_names {

using Findings = std::vector<Finding>;

// "a, b, c and 12 more".
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

void unknown_syscall_names(const CheckContext& context, Findings& findings);
void rules_without_names(const CheckContext& context, Findings& findings);
void old_name_keys(const CheckContext& context, Findings& findings);
void actions_among_names(const CheckContext& context, Findings& findings);

}  // namespace bulkhead::policy::rule_names
