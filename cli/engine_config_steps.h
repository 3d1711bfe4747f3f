// The steps that install and uninstall share.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/engine_config.h"

namespace bulkhead::cli {

struct EngineChoice {
  std::vector<std::string> names;  // as on the command line
  bool all_found = false;
  std::string asked_by;  // "install": for error messages
};
// In the order of the table. Error code usage: an unknown name, or none.
[[nodiscard]] base::Result<std::vector<EngineKind>> chosen_engines(const RootTree& tree,
                                                                   const EngineChoice& choice);
[[nodiscard]] bool is_found(const RootTree& tree, EngineKind kind);

// Every file of the edit as a diff, or one line when nothing changes.
void write_diffs(const EngineEdit& edit, std::string_view engine, Output& output);
void write_changes(const EngineEdit& edit, std::string_view engine, Output& output);

// Makes a running daemon read its configuration: containerd and CRI-O are restarted (containers go
// on), Docker is reloaded (a restart would end its containers without live-restore). A sentence of
// what was done. Error code kernel: the daemon does not come up.
[[nodiscard]] base::Result<std::string> make_daemon_read(EngineKind kind);

}  // namespace bulkhead::cli
