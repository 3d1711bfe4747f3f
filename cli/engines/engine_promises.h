// What was installed on this node, remembered in /var/lib/bulkhead/installed.json, so that
// `bulkhead status --check` can tell when it no longer holds: an engine's package replaced its
// configuration, a hook's file is gone, somebody put another runtime first.
//
// An engine is written down before the first file of its is changed, and again when all is done:
// who finds it half done knows that the daemon may not have read what stands in the files. With it
// stand the directories that its files were the first to need.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/engines/engine_config.h"
#include "cli/engines/installed_file.h"

namespace bulkhead::cli {

// None when it was not installed.
[[nodiscard]] base::Result<std::optional<EnginePromise>> promise_of(const RootTree& tree,
                                                                    EngineKind kind);
// Before the first file is written: the engine is in the stage `changing`.
[[nodiscard]] base::Result<void> begin_change(const RootTree& tree, EnginePromise promise,
                                              const EngineEdit& edit);
[[nodiscard]] base::Result<void> remember_promise(const RootTree& tree, const EnginePromise& made);
// Takes away the directories that were made and are empty again.
[[nodiscard]] base::Result<void> forget_promise(const RootTree& tree, EngineKind kind);

// A sentence for each promise that does not hold, where shim and hook are in that directory.
[[nodiscard]] std::vector<std::string> broken_promises(const RootTree& tree,
                                                       const std::string& directory);

}  // namespace bulkhead::cli
