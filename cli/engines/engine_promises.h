// What was installed on this node, remembered in /var/lib/bulkhead/installed.json, so that
// `bulkhead status --check` can tell when it no longer holds: an engine's package replaced its
// configuration, a hook's file is gone, somebody put another runtime first.
//
// An engine is written down before the first file of its is changed, and again when all is done:
// who finds it half done knows that the daemon may not have read what stands in the files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/engines/engine_config.h"

namespace bulkhead::cli {

enum class PromiseStage : std::uint8_t {
  changing,  // being installed or taken away, or that was interrupted
  unread,    // installed; the daemon was not made to read it (--no-restart)
  kept,
};

struct EnginePromise {
  EngineKind kind;
  std::string runtime_class;  // empty: the default runtime
  PromiseStage stage = PromiseStage::kept;
};

// None when nothing was installed. Error code invalid_input: the file is not ours.
[[nodiscard]] base::Result<std::vector<EnginePromise>> read_promises(const RootTree& tree);
[[nodiscard]] base::Result<std::optional<EnginePromise>> promise_of(const RootTree& tree,
                                                                    EngineKind kind);
[[nodiscard]] base::Result<void> remember_promise(const RootTree& tree, const EnginePromise& made);
[[nodiscard]] base::Result<void> forget_promise(const RootTree& tree, EngineKind kind);

// A sentence for each promise that does not hold, where shim and hook are in that directory.
[[nodiscard]] std::vector<std::string> broken_promises(const RootTree& tree,
                                                       const std::string& directory);

}  // namespace bulkhead::cli
