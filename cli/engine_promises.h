// What was installed on this node, remembered in /var/lib/bulkhead/installed.json, so that
// `bulkhead status --check` can tell when it no longer holds: an engine's package replaced its
// configuration, a hook's file is gone, somebody put another runtime first.
#pragma once

#include <string>
#include <vector>

#include "cli/engine_config.h"
#include "cli/node_status.h"

namespace bulkhead::cli {

struct EnginePromise {
  EngineKind kind;
  std::string runtime_class;  // empty: the default runtime
};

// None when nothing was installed. Error code invalid_input: the file is not ours.
[[nodiscard]] base::Result<std::vector<EnginePromise>> read_promises(const RootTree& tree);
[[nodiscard]] base::Result<void> remember_promise(const RootTree& tree, const EnginePromise& made);
[[nodiscard]] base::Result<void> forget_promise(const RootTree& tree, EngineKind kind);

// A sentence for each promise that does not hold, and for each thing that no container starts or is
// proved without.
[[nodiscard]] std::vector<std::string> broken_promises(const RootTree& tree,
                                                       const NodeStatus& status);

}  // namespace bulkhead::cli
