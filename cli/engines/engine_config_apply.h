// Doing and undoing an engine's edit.
#pragma once

#include "cli/engines/engine_config.h"
#include "cli/engines/engine_config_files.h"

namespace bulkhead::cli {

// Whether every file can be written; nothing is changed. Error code io.
[[nodiscard]] base::Result<void> check_writable(const RootTree& tree, const EngineEdit& edit);

// Writes the files in their order, and removes what a killed command left of them. When one fails,
// those before it are put back.
[[nodiscard]] base::Result<void> apply_edit(const RootTree& tree, const EngineEdit& edit);

// Puts back what was there, in the reverse order. Goes on after a failure and reports the first.
[[nodiscard]] base::Result<void> revert_edit(const RootTree& tree, const EngineEdit& edit);

}  // namespace bulkhead::cli
