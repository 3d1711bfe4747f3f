// What a profile does with one system call by name: the question that checks of profiles ask.
#pragma once

#include <string_view>

#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

// Whether the call takes effect in the container: ALLOW, LOG, and what a tracer or a supervisor may
// let through.
[[nodiscard]] bool takes_effect(oci_config::SeccompAction action);

struct SyscallStanding {
  bool permitted = false;    // for some arguments at least
  bool conditional = false;  // it depends on the arguments
  bool ruled = false;        // some rule names it; else the default action answers
  // The answer where it is not permitted.
  oci_config::ActionData denial;
};

// The profile must be expanded. libseccomp lets a rule without conditions override those with.
[[nodiscard]] SyscallStanding standing_of(const oci_config::SeccompProfile& expanded,
                                          std::string_view syscall);

}  // namespace bulkhead::policy
