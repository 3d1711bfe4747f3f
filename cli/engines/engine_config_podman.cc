// Podman: a drop-in in /etc/containers/containers.conf.d, the shared hooks, and the stage precreate
// in a directory of its own: CRI-O does not start when it finds that stage where it looks.
//
// Rootless Podman reads the same files, but a user's own containers.conf comes after them.
#include <algorithm>
#include <iterator>
#include <map>

#include "audit/records/record.h"
#include "base/text.h"
#include "cli/engines/engine_config_parts.h"
#include "cli/engines/engine_hooks.h"
#include "cli/names/programs.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::Result;

constexpr const char* kVendorConfig = "/usr/share/containers/containers.conf";
constexpr const char* kConfig = "/etc/containers/containers.conf";
constexpr const char* kRootsConfig = "/root/.config/containers/containers.conf";
constexpr const char* kDropIns = "/etc/containers/containers.conf.d";
constexpr const char* kCrioDropIns = "/etc/crio/crio.conf.d";
constexpr const char* kLeft = "/etc/containers/containers.conf.d/50-bulkhead-left.conf";
constexpr const char* kRecords = "/run/bulkhead/containers";
const std::string kPrecreate = cat(kPodmanHooks, "/50-bulkhead-precreate.json");
const TomlPath kRuntime = {"engine", "runtime"};
const TomlPath kRuntimes = {"engine", "runtimes"};
const TomlPath kFlags = {"engine", "runtimes_flags"};

// The lists of runtimes that can do something. A list in a drop-in replaces what is before it, also
// Podman's own (containers-common 0.50), so that is repeated where nothing is configured.
struct AbilityRow {
  const char* key;
  std::vector<std::string> built_in;
};
const AbilityRow kAbilities[] = {
    {"runtime_supports_json", {"crun", "runc", "kata", "runsc", "youki", "krun"}},
    {"runtime_supports_nocgroup", {"crun", "krun"}},
};

// Podman itself takes no other ending.
std::vector<std::string> drop_ins(const RootTree& tree, const std::string& directory) {
  std::vector<std::string> paths;
  for (const std::string& name : tree.names_in(directory)) {
    if (name.ends_with(".conf")) paths.push_back(cat(directory, '/', name));
  }
  return paths;
}

void add_main_and_drop_ins(std::vector<std::string>& paths, const RootTree& tree,
                           const std::string& main) {
  paths.push_back(main);
  std::ranges::move(drop_ins(tree, main + ".d"), std::back_inserter(paths));
}

Result<std::vector<ConfigFile>> read_before_installation(const RootTree& tree) {
  std::vector<std::string> paths;
  for (const char* main : {kVendorConfig, kConfig}) add_main_and_drop_ins(paths, tree, main);
  std::erase_if(paths, [](const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    return name.starts_with('.') || is_our_drop_in(name);
  });
  return read_configs(tree, paths, Reading::before_installation);
}

// Up to 5: all main files, and no drop-ins of the vendor's. Root's own came with 5.
std::vector<std::string> paths_of_podman_5(const RootTree& tree, bool own) {
  std::vector<std::string> paths = {kVendorConfig};
  add_main_and_drop_ins(paths, tree, kConfig);
  if (own) add_main_and_drop_ins(paths, tree, kRootsConfig);
  return paths;
}

// From 6: the nearest main file alone; then the drop-ins of all directories by their names, of
// which the nearest counts.
std::vector<std::string> paths_of_podman_6(const RootTree& tree) {
  std::vector<std::string> paths;
  for (const char* main : {kVendorConfig, kConfig, kRootsConfig}) {
    if (tree.exists(main)) paths = {main};
  }
  std::map<std::string, std::string> by_name;
  for (const char* directory : {"/usr/share/containers/containers.conf.d",
                                "/usr/share/containers/containers.rootful.conf.d", kDropIns,
                                "/etc/containers/containers.rootful.conf.d",
                                "/root/.config/containers/containers.conf.d"}) {
    for (const std::string& path : drop_ins(tree, directory))
      by_name[path.substr(path.rfind('/') + 1)] = path;
  }
  for (const auto& [name, path] : by_name) paths.push_back(path);
  return paths;
}

// Without any word in the files: crun, also where it cannot work (cgroup v1); runc where it is
// missing.
std::string default_name(const RootTree& tree, const std::vector<ConfigFile>& files) {
  std::string name = last_string(files, kRuntime);
  if (!name.empty()) return name;
  return find_program(tree.root(), "crun").empty() ? "runc" : "crun";
}

// The first file of the runtime's list that is there; else the name, which Podman looks up.
std::string program_of(const RootTree& tree, const std::vector<ConfigFile>& files,
                       const std::string& name) {
  TomlPath path = kRuntimes;
  path.push_back(name);
  const ConfigFile* file = last_with(files, path);
  if (file == nullptr) return name;
  for (const std::string& program : file->config.strings_at(path)) {
    if (tree.is_file(program)) return program;
  }
  return name;
}

std::string list_line(std::string_view key, const std::vector<std::string>& values) {
  std::vector<std::string> quoted;
  for (const std::string& value : values) quoted.push_back(toml_string(value));
  return cat(key, " = [", base::join(quoted, ", "), "]\n");
}

std::string ability_lines(const std::vector<ConfigFile>& files, const std::string& previous,
                          const std::string& ours) {
  std::string text;
  for (const AbilityRow& row : kAbilities) {
    std::vector<std::string> names = merged_list(files, {"engine", row.key}, row.built_in);
    if (names.empty()) names = row.built_in;
    if (std::ranges::find(names, previous) == names.end()) continue;
    if (std::ranges::find(names, ours) == names.end()) names.push_back(ours);
    text += list_line(row.key, names);
  }
  return text;
}

// What newer versions pass to the runtime in front of its command, by the name of the runtime.
std::string flag_lines(const std::vector<ConfigFile>& files, const std::string& previous,
                       const std::string& ours) {
  TomlPath path = kFlags;
  path.push_back(previous);
  const std::vector<std::string> flags = merged_list(files, path, {});
  if (flags.empty()) return {};
  return cat("\n[engine.runtimes_flags]\n", list_line(toml_string(ours), flags));
}

// By default none but the shared one (seen with 4.3.1, whatever podman(1) says of /etc).
std::vector<std::string> hook_directories(const std::vector<ConfigFile>& files) {
  return merged_list(files, {"engine", "hooks_dir"}, {kSharedHooks});
}

// Podman does not start a container when a directory of this list is missing.
std::vector<std::string> with_our_directories(std::vector<std::string> directories) {
  for (const char* needed : {kSharedHooks, kPodmanHooks}) {
    if (std::ranges::find(directories, needed) == directories.end())
      directories.emplace_back(needed);
  }
  return directories;
}

std::string drop_in_text(const std::vector<ConfigFile>& files, const std::string& previous,
                         const std::string& shim, const InstallWish& wish) {
  const bool is_default = wish.runtime_class.empty();
  const std::string ours = is_default ? shim.substr(shim.rfind('/') + 1) : wish.runtime_class;
  std::string text = cat(kWrittenByUs, "[engine]\n");
  if (is_default) text += cat("runtime = ", toml_string(ours), "\n");
  text += ability_lines(files, previous, ours);
  if (wish.hook) text += list_line("hooks_dir", with_our_directories(hook_directories(files)));
  return cat(text, "\n[engine.runtimes]\n", toml_string(ours), " = [", toml_string(shim), "]\n",
             flag_lines(files, previous, ours));
}

// Whether a container of Podman's that started through Bulkhead still runs. A record whose process
// is gone is what a crash left behind.
bool podman_container_runs(const RootTree& tree) {
  for (const std::string& name : tree.names_in(kRecords)) {
    const std::string path = cat(kRecords, '/', name);
    auto text = tree.read(path);
    if (!text || !*text) continue;
    const auto record = audit::parse_record(std::move(**text), path);
    if (record && record->identity.engine == policy::Engine::podman &&
        tree.exists(cat("/proc/", record->pid))) {
      return true;
    }
  }
  return false;
}

// Podman finds the runtime of a container that exists by its name in the configuration, and can
// neither stop nor enter the container without. So our names stay until the last one ended.
Result<void> leave_names(EngineEdit& edit, const RootTree& tree) {
  constexpr std::string_view kTable = "[engine.runtimes]";
  if (!podman_container_runs(tree)) return add_edit(edit, tree, kLeft, std::nullopt);
  std::string names;
  for (const std::string& name : tree.names_in(kDropIns)) {
    if (!is_our_drop_in(name)) continue;
    const auto text = tree.read(cat(kDropIns, '/', name));
    if (!text) return std::unexpected(text.error());
    const std::size_t table = *text ? (*text)->find(kTable) : std::string::npos;
    if (table != std::string::npos) names = (*text)->substr(table);
  }
  if (names.empty()) return {};
  edit.notes.push_back(
      cat("containers that Bulkhead started still run, and Podman needs the name of "
          "their runtime to stop them: it stays in ",
          kLeft, "; when they have ended, `bulkhead uninstall podman` removes it"));
  return add_edit(edit, tree, kLeft,
                  cat("# Left by `bulkhead uninstall` for containers that still run.\n", names));
}

EngineView view_of(const RootTree& tree, const std::vector<ConfigFile>& files) {
  const std::string name = default_name(tree, files);
  EngineView view{.runtime = name,
                  .program = program_of(tree, files, name),
                  .file = path_with(files, kRuntime),
                  .hook_directories = hook_directories(files)};
  for (const ConfigFile& file : files) {
    for (const std::string& other : file.config.keys_of(kRuntimes))
      view.programs[other] = program_of(tree, files, other);
  }
  return view;
}

}  // namespace

Result<std::vector<EngineView>> views_of_podman(const RootTree& tree) {
  std::vector<EngineView> views;
  for (const auto& paths :
       {paths_of_podman_5(tree, false), paths_of_podman_5(tree, true), paths_of_podman_6(tree)}) {
    const auto files = read_configs(tree, paths, Reading::as_they_are);
    if (!files) return std::unexpected(files.error());
    views.push_back(view_of(tree, *files));
  }
  return views;
}

Result<EngineEdit> install_podman(const RootTree& tree, const InstallWish& wish) {
  const auto files = read_before_installation(tree);
  if (!files) return std::unexpected(files.error());
  const std::string name = default_name(tree, *files);
  const auto behind = shim_for(tree, program_of(tree, *files, name), wish);
  if (!behind) return std::unexpected(behind.error());
  EngineEdit edit{.shim = behind->shim, .runtime = behind->runtime};
  const auto path = drop_in_name(kDropIns, *files, kRuntime);
  if (!path) return std::unexpected(path.error());
  if (const auto added = add_shared_hooks(edit, tree, wish); !added)
    return std::unexpected(added.error());
  if (wish.hook) {
    const auto added =
        add_edit(edit, tree, kPrecreate, hook_json(wish.directory + "/bulkhead-hook", "precreate"));
    if (!added) return std::unexpected(added.error());
  }
  const std::string previous = name.substr(name.rfind('/') + 1);
  const auto added =
      add_edit(edit, tree, *path, drop_in_text(*files, previous, behind->shim, wish));
  if (!added) return std::unexpected(added.error());
  if (const auto old = remove_drop_ins(edit, tree, kDropIns, *path); !old)
    return std::unexpected(old.error());
  if (wish.hook) {
    edit.notes.emplace_back(
        "rootless Podman reads these files too: rootless containers are proved by a filter of the "
        "gate's own, and leave no record (docs/how-to/podman.md)");
  }
  edit.notes.emplace_back("containers that exist already keep the runtime they were created with");
  return edit;
}

Result<EngineEdit> uninstall_podman(const RootTree& tree) {
  EngineEdit edit;
  if (const auto left = leave_names(edit, tree); !left) return std::unexpected(left.error());
  if (const auto removed = remove_drop_ins(edit, tree, kDropIns); !removed)
    return std::unexpected(removed.error());
  if (const auto removed = add_edit(edit, tree, kPrecreate, std::nullopt); !removed)
    return std::unexpected(removed.error());
  if (const auto removed = remove_shared_hooks(edit, tree, kCrioDropIns); !removed)
    return std::unexpected(removed.error());
  return edit;
}

}  // namespace bulkhead::cli
