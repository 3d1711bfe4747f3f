// What the four engines' readers and edits share. For engine_config*.cc only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/engines/engine_config.h"
#include "cli/engines/engine_config_toml.h"

namespace bulkhead::cli {

inline constexpr std::string_view kWrittenByUs =
    "# Written by `bulkhead install`; `bulkhead uninstall` removes it.\n";

struct Behind {
  std::string shim;     // "/usr/bin/bulkhead-crun"
  std::string runtime;  // "/usr/bin/crun"
};
// The shim's link for a runtime given by path or by name. The shim looks a name up by itself, so a
// path at which it would find another program is refused.
[[nodiscard]] base::Result<Behind> shim_for(const RootTree& tree, const std::string& program,
                                            const InstallWish& wish);

// Whether a program is called by the shim's name, or by that of one of its links.
[[nodiscard]] bool names_shim(const std::string& program);

enum class Reading : std::uint8_t {
  as_they_are,          // what the engine reads now
  before_installation,  // without our marked edits and drop-ins
};
struct ConfigFile {
  std::string path;
  std::optional<std::string> before;  // the bytes; nothing: it is not there
  TomlText config;                    // empty where it is not there
};
[[nodiscard]] base::Result<ConfigFile> read_config(const RootTree& tree, const std::string& path,
                                                   Reading reading);
[[nodiscard]] base::Result<std::vector<ConfigFile>> read_configs(
    const RootTree& tree, const std::vector<std::string>& paths, Reading reading);

// The last file that gives the path a string that is not empty.
[[nodiscard]] std::string last_string(const std::vector<ConfigFile>& files, const TomlPath& path);
// The last file that has something there; null when none.
[[nodiscard]] const ConfigFile* last_with(const std::vector<ConfigFile>& files,
                                          const TomlPath& path);

// Its path; empty when none.
[[nodiscard]] std::string path_with(const std::vector<ConfigFile>& files, const TomlPath& path);
// A list as the files replace it one after the other, or add to it (TomlList).
[[nodiscard]] std::vector<std::string> merged_list(const std::vector<ConfigFile>& files,
                                                   const TomlPath& path,
                                                   std::vector<std::string> built_in);

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

// Edits that remove our drop-ins from a directory.
[[nodiscard]] base::Result<void> remove_drop_ins(EngineEdit& edit, const RootTree& tree,
                                                 const std::string& directory,
                                                 std::string_view keep = {});

[[nodiscard]] base::Result<std::vector<EngineView>> views_of_containerd(const RootTree&);
[[nodiscard]] base::Result<std::vector<EngineView>> views_of_crio(const RootTree&);
[[nodiscard]] base::Result<std::vector<EngineView>> views_of_podman(const RootTree&);
[[nodiscard]] base::Result<std::vector<EngineView>> views_of_docker(const RootTree&);
[[nodiscard]] base::Result<EngineEdit> install_containerd(const RootTree&, const InstallWish&);
[[nodiscard]] base::Result<EngineEdit> install_crio(const RootTree&, const InstallWish&);
[[nodiscard]] base::Result<EngineEdit> install_podman(const RootTree&, const InstallWish&);
[[nodiscard]] base::Result<EngineEdit> install_docker(const RootTree&, const InstallWish&);
[[nodiscard]] base::Result<EngineEdit> uninstall_containerd(const RootTree&);
[[nodiscard]] base::Result<EngineEdit> uninstall_crio(const RootTree&);
[[nodiscard]] base::Result<EngineEdit> uninstall_podman(const RootTree&);
[[nodiscard]] base::Result<EngineEdit> uninstall_docker(const RootTree&);

}  // namespace bulkhead::cli
