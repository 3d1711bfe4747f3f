// From an expanded profile to a program, through libseccomp. This costs 6 to 14 ms for a default
// profile: never on the path of a container's start without a cache in front of it.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"
#include "policy/filter/filter.h"

namespace bulkhead::kernel {

// Which system call is found first: by comparing one number after the other, as runtimes have it by
// default, or by halves (libseccomp's SCMP_FLTATR_CTL_OPTIMIZE 2), which allowed calls pay less
// for.
enum class FilterShape : std::uint8_t { linear, binary_tree };

// Compiles as runc and crun do:
// - ERRNO and TRACE without errnoRet mean EPERM;
// - the native architecture is always in; other architectures get libseccomp's default,
// KILL_THREAD;
// - names of no system call are skipped, and so are rules that repeat the default action; a call
// that
//   only a newer libseccomp knows is answered as the profile says (kernel/filters/recent_calls.h);
// - several conditions on one argument index become a rule each: any of them is enough (OR), where
//   conditions on different indexes must all hold (AND). A profile that means a range cannot be
//   written so; policy/profile_checks reports it.
// Flags and listener do not change the program: who loads it passes them.
// Errors: invalid_input (the profile cannot be compiled; names the rule and libseccomp's reason, or
// libseccomp takes more than a second of processor time),
// kernel, internal.
[[nodiscard]] base::Result<policy::FilterProgram> compile_seccomp(
    const oci_config::SeccompProfile& expanded, FilterShape shape = FilterShape::binary_tree);

// compile_seccomp and then the self-check of policy/analysis/filter_decision.h. libseccomp (2.5.4)
// makes of some profiles with unusual conditions a program that answers otherwise than their rules;
// runtimes use it all the same. So, in this order: a program that answers exactly as the profile
// says, of the given shape or else of the other; one that is nowhere less strict, which is what the
// runtime's will be too, and lets nothing through that the profile does not; else an internal error
// with a witness.
[[nodiscard]] base::Result<policy::FilterProgram> compile_seccomp_checked(
    const oci_config::SeccompProfile& expanded, FilterShape shape = FilterShape::binary_tree);

}  // namespace bulkhead::kernel
