// What the four engines' edits share. For engine_config*.cc only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/engines/engine_config.h"
#include "cli/engines/engine_config_toml.h"

namespace bulkhead::cli {

inline constexpr std::string_view kWrittenByUs =
    "# Written by `bulkhead install`; `bulkhead uninstall` removes it.\n";
inline constexpr const char* kSharedHooks = "/usr/share/containers/oci/hooks.d";
inline constexpr const char* kPodmanHooks = "/etc/bulkhead/podman-hooks.d";

struct Behind {
  std::string shim;     // "/usr/bin/bulkhead-crun"
  std::string runtime;  // "/usr/bin/crun"
};
// The shim's link for a runtime given by path or by name. The shim looks a name up by itself, so a
// path at which it would find another program is refused.
[[nodiscard]] base::Result<Behind> shim_for(const RootTree& tree, const std::string& program,
                                            const InstallWish& wish);

// A configuration file as it is and as it was before an earlier installation.
struct ConfigFile {
  std::string path;
  std::optional<std::string> before;
  TomlText config;  // without our marked edits
};
[[nodiscard]] base::Result<ConfigFile> read_config(const RootTree& tree, const std::string& path);

// The last file that gives the path a string that is not empty.
[[nodiscard]] std::string last_string(const std::vector<ConfigFile>& files, const TomlPath& path);
// The last file that has something there; null when none.
[[nodiscard]] const ConfigFile* last_with(const std::vector<ConfigFile>& files,
                                          const TomlPath& path);

// Adds an edit unless it changes nothing.
[[nodiscard]] base::Result<void> add_edit(EngineEdit& edit, const RootTree& tree,
                                          const std::string& path,
                                          std::optional<std::string> after);

// "50-bulkhead.conf", or a name that sorts after every other of the directory that decides. Error
// code unsupported when there is none.
[[nodiscard]] base::Result<std::string> drop_in_name(const std::string& directory,
                                                     const std::vector<ConfigFile>& files,
                                                     const TomlPath& decisive);
[[nodiscard]] bool is_our_drop_in(std::string_view name);

[[nodiscard]] base::Result<void> add_shared_hooks(EngineEdit& edit, const RootTree& tree,
                                                  const InstallWish& wish);
[[nodiscard]] std::string hook_json(std::string_view program, std::string_view stage);
// Removes the shared hooks unless the other engine that reads them still has our drop-in there.
[[nodiscard]] base::Result<void> remove_shared_hooks(EngineEdit& edit, const RootTree& tree,
                                                     const std::string& other_directory);
// Edits that remove our drop-ins from a directory.
[[nodiscard]] base::Result<void> remove_drop_ins(EngineEdit& edit, const RootTree& tree,
                                                 const std::string& directory,
                                                 std::string_view keep = {});

[[nodiscard]] base::Result<EngineEdit> install_containerd(const RootTree&, const InstallWish&);
[[nodiscard]] base::Result<EngineEdit> install_crio(const RootTree&, const InstallWish&);
[[nodiscard]] base::Result<EngineEdit> install_podman(const RootTree&, const InstallWish&);
[[nodiscard]] base::Result<EngineEdit> install_docker(const RootTree&, const InstallWish&);
[[nodiscard]] base::Result<EngineEdit> uninstall_containerd(const RootTree&);
[[nodiscard]] base::Result<EngineEdit> uninstall_crio(const RootTree&);
[[nodiscard]] base::Result<EngineEdit> uninstall_podman(const RootTree&);
[[nodiscard]] base::Result<EngineEdit> uninstall_docker(const RootTree&);

}  // namespace bulkhead::cli
