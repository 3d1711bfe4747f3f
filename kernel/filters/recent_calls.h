// Calls that policy/syscalls has a number for and libseccomp no name: libseccomp 2.5 ends with
// Linux 5.17. A runtime with a newer libseccomp knows them, so a plan that left them out would be
// another than the profile's; one with an older libseccomp leaves its rules for them out, so that a
// denial denies nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "oci-config/seccomp_profile.h"
#include "policy/filter/filter.h"

namespace bulkhead::kernel {

// libseccomp's tokens are the kernel's AUDIT_ARCH_* values; x32, which has none, has one of its
// own.
[[nodiscard]] std::uint32_t libseccomp_token(oci_config::SeccompArch arch);

// `program` is what libseccomp makes of `expanded`. In front of it come the answers for the calls
// that rules name and that libseccomp skipped, by architecture and number; all else reaches
// `program` as before.
[[nodiscard]] policy::FilterProgram answering_recent_calls(
    const policy::FilterProgram& program, const oci_config::SeccompProfile& expanded);

// What `expanded` denies and a runtime leaves out whose libseccomp does not know the call
// (policy::is_recent_call): a program that answers where a rule is stricter than the default
// action, and allows all else. Beside what such a runtime installs it makes the profile whole;
// beside what any other installs it changes nothing. None where nothing is denied so.
[[nodiscard]] std::optional<policy::FilterProgram> denials_of_recent_calls(
    const oci_config::SeccompProfile& expanded);

}  // namespace bulkhead::kernel
