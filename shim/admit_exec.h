// exec: a process that joins a running container is never weaker than the container.
//
// Its filter comes from the container's stored configuration. What process.json (or the command
// line) could weaken is the user, no_new_privileges, the AppArmor profile and the capabilities: a
// changed copy of process.json is passed on (shim/process_document.h), or changed options.
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

// May change options of the command line.
// Errors: the container's state or process.json cannot be read; those of admission::take_plan().
[[nodiscard]] base::Result<Admitted> admit_exec(admission::Start& start, CommandLine& line,
                                                const Runtime& runtime,
                                                const policy::Policy& policy,
                                                const base::Paths& paths);

}  // namespace bulkhead::shim
