// Brings the AppArmor profile of a plan into the kernel, just before the runtime applies it.
//
// The shim calls it because it may be alone, the hook because it may be: whoever comes second finds
// the profile loaded, which costs one read.
#pragma once

#include "base/error.h"
#include "base/paths.h"
#include "kernel/apparmor/apparmor_places.h"
#include "policy/decide/decide.h"

namespace bulkhead::admission {

[[nodiscard]] kernel::AppArmorPlaces apparmor_places(const policy::Policy& policy,
                                                     const base::Paths& paths);

// Loads what plan.apparmor.load asks for; nothing in observe mode. What was loaded and is not
// enforced is refused or kept as apparmor.complain says; what was done is told in plan.findings.
// Errors: those of kernel::ensure_loaded(); refused: the file's profile only complains.
[[nodiscard]] base::Result<void> load_apparmor(policy::Plan& plan,
                                               const kernel::AppArmorPlaces& places);

// Adds a warning to plan.findings when the loaded profile is not what the node's file says, as far
// as that is known without compiling. For the hook: the shim leaves it out, it costs a start up to
// 1 ms.
void note_stale_apparmor(policy::Plan& plan, const kernel::AppArmorPlaces& places);

}  // namespace bulkhead::admission
