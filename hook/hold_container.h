// createRuntime and prestart: decide from the bundle's config.json, as the runtime parsed it before
// this hook, and refuse, or leave the gate behind.
//
//   state on stdin → policy → config.json → decide → what is missing → program → gate → record
//
// Where a gate already holds the container (the shim's entry in config.json and hooks.d both called
// the hook) there is nothing left to do.
#pragma once

#include <string_view>

#include "base/paths.h"

namespace bulkhead::hook {

// Returns the exit code. `stage` is "createRuntime" or "prestart".
[[nodiscard]] int hold_container(std::string_view stage, const base::Paths& paths);

}  // namespace bulkhead::hook
