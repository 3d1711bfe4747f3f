// Calls that policy/syscalls has a number for and libseccomp no name: libseccomp 2.5 ends with
// Linux 5.17. A runtime with a newer libseccomp knows them, so a plan that left them out would be
// another than the profile's, and a rule that denies one would deny nothing.
#pragma once

#include <cstdint>

#include "oci-config/seccomp_profile.h"
#include "policy/filter/filter.h"

namespace bulkhead::kernel {

// libseccomp's tokens are the kernel's AUDIT_ARCH_* values; x32, which has none, has one of its
// own.
[[nodiscard]] std::uint32_t libseccomp_token(oci_config::SeccompArch arch);

// `program` is what libseccomp makes of `expanded`. In front of it come the answers for the calls
// that rules without conditions name and that libseccomp skipped, by architecture and number; all
// else reaches `program` as before. A rule with conditions for such a call stays left out, and so
// does one that repeats the default action.
[[nodiscard]] policy::FilterProgram answering_recent_calls(
    policy::FilterProgram program, const oci_config::SeccompProfile& expanded);

}  // namespace bulkhead::kernel
