// What an engine's configuration has to become, as a value: read from the files of a node or of
// another root tree, nothing is changed here.
//
// Installing is first taking back what an earlier installation changed and then changing it anew,
// so that doing it twice changes nothing. Drop-in files where the engine reads them (CRI-O,
// Podman); marked lines in config.toml for containerd, whose imports replace whole sections up
// to 1.7; members of daemon.json for Docker.
//
// Not seen: what an engine is told on its command line.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cli/engines/engine_config_files.h"

namespace bulkhead::cli {

enum class EngineKind : std::uint8_t { containerd, crio, podman, docker };

struct EngineRow {
  EngineKind kind;
  std::string_view name;     // as on the command line
  std::string_view program;  // by which it is found
  std::string_view unit;     // of systemd; empty: no daemon
};
[[nodiscard]] std::span<const EngineRow> engine_table();
[[nodiscard]] const EngineRow& row_of(EngineKind kind);

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

// Errors: invalid_input (a file is not valid, or its form does not take the change), unsupported (a
// default runtime that cannot stand behind the shim), runtime (its program is missing), io.
[[nodiscard]] base::Result<EngineEdit> edit_to_install(EngineKind kind, const RootTree& tree,
                                                       const InstallWish& wish);
// Never asks whether a program is there: what is half removed must be removable.
[[nodiscard]] base::Result<EngineEdit> edit_to_uninstall(EngineKind kind, const RootTree& tree);

}  // namespace bulkhead::cli
