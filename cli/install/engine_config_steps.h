// The steps that install and uninstall share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/engines/engine_config.h"
#include "cli/frame/command.h"

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

struct DaemonRead {
  bool done = false;     // what runs has read it; also where nothing runs
  std::string sentence;  // what was done
};
// Makes a running daemon read its configuration: containerd and CRI-O are restarted (containers go
// on), Docker is reloaded (a restart would end its containers without live-restore), by a signal
// where there is no systemd. Says beforehand what takes a while. Error code kernel: the daemon does
// not come up.
[[nodiscard]] base::Result<DaemonRead> make_daemon_read(EngineKind kind, Output& output);

// Whether dockerd listens where its client looks for it; one that runs elsewhere cannot be asked.
enum class DockerDaemon : std::uint8_t { none, reachable, elsewhere };
[[nodiscard]] DockerDaemon docker_daemon();

// Has a running daemon let go of a runtime that the edit takes out of its file (EngineEdit::
// handover); nothing where the edit needs none. Returns whether the daemon may be told to read the
// final file: not when it cannot be asked whether it has let go. Error codes io; kernel: it does
// not let go, and its file is as it was.
[[nodiscard]] base::Result<bool> hand_over(const RootTree& tree, EngineKind kind,
                                           const EngineEdit& edit, Output& output);

}  // namespace bulkhead::cli
