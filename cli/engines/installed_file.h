// /var/lib/bulkhead/installed.json: the engines that `bulkhead install` changed, and the
// directories that were not there before, so that `bulkhead uninstall` can take them away again.
#pragma once

#include <cstdint>
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

  bool operator==(const EnginePromise&) const = default;
};

struct Installation {
  std::vector<EnginePromise> promises;
  std::vector<std::string> directories;  // that were made, each behind the one it lies in
};

// Empty when nothing was installed. Error code invalid_input: the file is not ours.
[[nodiscard]] base::Result<Installation> read_installed(const RootTree& tree);
// Without engines and directories there is no file.
[[nodiscard]] base::Result<void> write_installed(const RootTree& tree,
                                                 const Installation& installed);

// Adds those that lack for the edit's files and for the file itself.
void add_missing_directories(const RootTree& tree, const EngineEdit& edit, Installation& installed);
// Removes those that are empty, with the file where it has nothing more to say. Once no engine is
// left, those that still hold a file of ours are kept in mind; what others use is theirs.
[[nodiscard]] base::Result<void> write_without_empty_directories(const RootTree& tree,
                                                                 Installation installed);

}  // namespace bulkhead::cli
