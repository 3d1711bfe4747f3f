// What runc (libcontainer/seccomp/patchbpf, since 1.0) puts in front of a compiled filter: calls
// that are newer than all that the profile names answer ENOSYS, as on a kernel without them, and
// not what the profile's default says. Programs then use an older call instead of failing.
//
// docs/how-the-analysis-works.md: "A prefix that says ENOSYS".
#pragma once

#include <optional>

#include "oci-config/seccomp_profile.h"
#include "policy/filter/filter.h"

namespace bulkhead::policy {

// Whether `observed` is `expected` behind a prefix that looks at nothing but architecture and
// number and ends in ENOSYS or at the first instruction of `expected`: such a prefix lets nothing
// take effect.
[[nodiscard]] bool is_behind_enosys_stub(const FilterProgram& observed,
                                         const FilterProgram& expected);

// What is left of a program without such a prefix; nothing where there is none.
[[nodiscard]] std::optional<FilterProgram> without_enosys_stub(const FilterProgram& program);

// `program`, which `profile` compiled to, behind a prefix that answers as runc's does: on each
// architecture that the profile lists and policy/syscalls has a table of, ENOSYS for numbers above
// the highest of the profile's names. The program itself where the default action lets calls take
// effect or is ENOSYS, where no architecture is listed, and where it has no room for it.
[[nodiscard]] FilterProgram with_enosys_stub(const oci_config::SeccompProfile& profile,
                                             FilterProgram program);

}  // namespace bulkhead::policy
