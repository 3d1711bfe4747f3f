// Bulkhead's hooks in hooks.d directories, which CRI-O and Podman read: written, removed, and read
// as those two read them (schema 1.0.0 of containers/common).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/engines/engine_config.h"

namespace bulkhead::cli {

// Both engines read the first by default. The second is ours: CRI-O does not start when it finds
// the stage precreate where it looks.
inline constexpr const char* kSharedHooks = "/usr/share/containers/oci/hooks.d";
inline constexpr const char* kPodmanHooks = "/etc/bulkhead/podman-hooks.d";

// A file that names bulkhead-hook.
struct HookFile {
  std::string path;
  std::string hook;   // the program: "/usr/bin/bulkhead-hook"
  std::string stage;  // what the program is told to do: "createRuntime"
  std::string fault;  // why it is not called so for every container; empty: it is
  // Whether every container is decided for and held until its proof.
  [[nodiscard]] bool holds() const;
};

// Those in force, sorted by name: of files of one name in several directories the last counts.
[[nodiscard]] std::vector<HookFile> hooks_in(const RootTree& tree,
                                             const std::vector<std::string>& directories);

[[nodiscard]] std::string hook_json(std::string_view program, std::string_view stage);
// Edits that write the hooks into the directory that both engines read, where there is one.
[[nodiscard]] base::Result<void> add_shared_hooks(EngineEdit& edit, const RootTree& tree,
                                                  const InstallWish& wish);
// Edits that remove them, unless the other engine that reads them still has our drop-in there.
[[nodiscard]] base::Result<void> remove_shared_hooks(EngineEdit& edit, const RootTree& tree,
                                                     const std::string& other_directory);

}  // namespace bulkhead::cli
