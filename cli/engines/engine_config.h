// The engines, each with the one reader of its configuration: what it does by its files as they
// are, and what these have to become, both as values, read from a node or from another root tree.
// Nothing is changed here.
//
// Installing is first taking back what an earlier installation changed and then changing it anew,
// so that doing it twice changes nothing. Drop-in files where the engine reads them (CRI-O,
// Podman); marked lines in config.toml for containerd, whose imports replace whole sections up
// to 1.7; members of daemon.json for Docker.
//
// Not seen: what an engine is told on its command line or by variables (containerd's and dockerd's
// other file, Podman's modules), and a user's own containers.conf.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/engines/engine_config_files.h"
#include "policy/values/identity.h"

namespace bulkhead::cli {

enum class EngineKind : std::uint8_t { containerd, crio, podman, docker };

// What an engine does with a container for which nobody names a runtime.
struct EngineView {
  std::string runtime;  // the default: "runc"
  std::string program;  // executed for it, a path or a name; empty: no OCI runtime stands there
  std::string file;     // the last that says so; empty: the engine's own default
  std::map<std::string, std::string> programs;  // of each configured OCI runtime, by its name
  std::vector<std::string> hook_directories;    // of files of one name the last counts
};

struct InstallWish {
  std::string directory;      // of shim and hook: "/usr/bin"
  bool hook = true;           // bulkhead-hook is there
  std::string runtime_class;  // a handler of this name instead of the default; empty: the default
};

struct FileEdit {
  std::string path;
  std::optional<std::string> before;  // nothing: it is not there
  std::optional<std::string> after;   // nothing: it goes
};

struct EngineEdit {
  std::vector<FileEdit> files;  // those that change, in the order that cannot fail open
  // What a running daemon has to read first, so that it lets go of a runtime that its file is about
  // to lose; not written where nothing runs. Docker alone needs that.
  std::optional<FileEdit> handover;
  std::string shim;     // the program that the engine calls: "/usr/bin/bulkhead-crun"
  std::string runtime;  // what stands behind it: "/usr/bin/crun"
  std::vector<std::string> notes;
  // Every file that was looked at to be changed or not: there a killed command may have left a
  // temporary.
  std::vector<std::string> considered;
};

struct EngineRow {
  EngineKind kind;
  policy::Engine engine;     // by whose name events and `status` speak of it
  std::string_view name;     // as on the command line
  std::string_view program;  // by which it is found
  std::string_view unit;     // of systemd; empty: no daemon
  // See the functions below.
  base::Result<std::vector<EngineView>> (*views)(const RootTree&);
  base::Result<EngineEdit> (*install)(const RootTree&, const InstallWish&);
  base::Result<EngineEdit> (*uninstall)(const RootTree&);
};
[[nodiscard]] std::span<const EngineRow> engine_table();
[[nodiscard]] const EngineRow& row_of(EngineKind kind);

// One for each way in which versions of the engine read the files as they are; never none. Errors:
// invalid_input (a file is not valid), unsupported (what they say is not understood), io.
[[nodiscard]] base::Result<std::vector<EngineView>> views_of(EngineKind kind, const RootTree& tree);

// Errors: invalid_input (a file is not valid, or its form does not take the change), unsupported (a
// default runtime that cannot stand behind the shim), runtime (its program is missing), io.
[[nodiscard]] base::Result<EngineEdit> edit_to_install(EngineKind kind, const RootTree& tree,
                                                       const InstallWish& wish);
// Never asks whether a program is there: what is half removed must be removable.
[[nodiscard]] base::Result<EngineEdit> edit_to_uninstall(EngineKind kind, const RootTree& tree);

}  // namespace bulkhead::cli
