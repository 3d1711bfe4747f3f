// Denials that a runtime may leave out: it skips the rule for a call that its libseccomp does not
// know, and the default action answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

// The calls of a rule that an older libseccomp does not know (is_recent_call()), where the rule is
// stricter than the default action; else none.
[[nodiscard]] std::vector<std::string_view> recent_denials_of(
    const oci_config::SyscallRule& rule, oci_config::SeccompAction default_action);

// Of all its rules, each once.
[[nodiscard]] std::vector<std::string> recent_denials(const oci_config::SeccompProfile& expanded);

}  // namespace bulkhead::policy
