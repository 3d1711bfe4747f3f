// create, run and restore: read config.json, decide, rewrite it where the plan says so.
//
// restore takes the filters from the checkpoint image (CRIU); of config.json only what the runtime
// reads again there has an effect. What this does not protect against: an image made elsewhere.
#pragma once

#include <string>

#include "admission/start.h"
#include "base/error.h"
#include "base/paths.h"
#include "policy/settings/policy.h"
#include "shim/admitted.h"
#include "shim/command_line.h"
#include "shim/runtime_choice.h"

namespace bulkhead::shim {

// The plan, carried out in config.json; what an interrupted start left of it is put back before.
// Errors: of admission::plan_start() and check_it_can_start(), of loading its AppArmor profile, of
// replacing config.json.
[[nodiscard]] base::Result<Admitted> admit_container(admission::Start& start,
                                                     const CommandLine& line,
                                                     const Runtime& runtime,
                                                     const policy::Policy& policy,
                                                     const base::Paths& paths);

}  // namespace bulkhead::shim
