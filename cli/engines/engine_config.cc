#include "cli/engines/engine_config.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "cli/engines/engine_config_parts.h"
#include "cli/names/programs.h"

namespace bulkhead::cli {

using base::cat;
using base::ErrorCode;
using base::Result;

namespace {

constexpr EngineRow kEngines[] = {
    {EngineKind::containerd, policy::Engine::containerd, "containerd", "containerd",
     "containerd.service", views_of_containerd, install_containerd, uninstall_containerd},
    {EngineKind::crio, policy::Engine::crio, "crio", "crio", "crio.service", views_of_crio,
     install_crio, uninstall_crio},
    {EngineKind::podman, policy::Engine::podman, "podman", "podman", "", views_of_podman,
     install_podman, uninstall_podman},
    {EngineKind::docker, policy::Engine::docker, "docker", "dockerd", "docker.service",
     views_of_docker, install_docker, uninstall_docker},
};

constexpr const char* kDropInNames[] = {"50-bulkhead.conf", "99-bulkhead.conf", "zz-bulkhead.conf"};

bool same_file(const std::string& a, const std::string& b) {
  struct stat left;
  struct stat right;
  return ::stat(a.c_str(), &left) == 0 && ::stat(b.c_str(), &right) == 0 &&
         left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::span<const EngineRow> engine_table() { return kEngines; }

const EngineRow& row_of(EngineKind kind) {
  return *std::ranges::find(kEngines, kind, &EngineRow::kind);
}

Result<Behind> shim_for(const RootTree& tree, const std::string& program, const InstallWish& wish) {
  if (names_shim(program)) return Behind{.shim = program, .runtime = program};
  const std::string name = base_name(program);
  const std::string found = find_program(tree.root(), name);
  if (found.empty()) {
    return base::fail(ErrorCode::runtime,
                      cat("the OCI runtime ", base::quoted(program),
                          " of this engine is in no directory in which the shim looks"),
                      cat("install it, or link it into /usr/local/bin as ", base::quoted(name)));
  }
  const bool is_path = program.contains('/');
  if (is_path && !same_file(tree.root() + program, tree.root() + found)) {
    return base::fail(ErrorCode::unsupported,
                      cat("the engine's runtime is ", base::quoted(program),
                          ", but the shim would execute ", base::quoted(found)),
                      "remove one of the two, or link the other's place to the wanted one");
  }
  return Behind{.shim = cat(wish.directory, "/bulkhead-", name), .runtime = found};
}

bool names_shim(const std::string& program) { return base_name(program).starts_with("bulkhead-"); }

Result<ConfigFile> read_config(const RootTree& tree, const std::string& path, Reading reading) {
  auto before = tree.read(path);
  if (!before) return std::unexpected(std::move(before.error()));
  std::string text = before->value_or("");
  if (reading == Reading::before_installation) text = without_marked_edits(text);
  auto config = TomlText::parse(std::move(text), tree.root() + path);
  if (!config) return std::unexpected(std::move(config.error()));
  return ConfigFile{path, std::move(*before), std::move(*config)};
}

Result<std::vector<ConfigFile>> read_configs(const RootTree& tree,
                                             const std::vector<std::string>& paths,
                                             Reading reading) {
  std::vector<ConfigFile> files;
  for (const std::string& path : paths) {
    auto file = read_config(tree, path, reading);
    if (!file) return std::unexpected(std::move(file.error()));
    files.push_back(std::move(*file));
  }
  return files;
}

std::string path_with(const std::vector<ConfigFile>& files, const TomlPath& path) {
  const ConfigFile* file = last_with(files, path);
  return file == nullptr ? std::string() : file->path;
}

std::string last_string(const std::vector<ConfigFile>& files, const TomlPath& path) {
  std::string value;
  for (const ConfigFile& file : files) {
    const auto here = file.config.string_at(path);
    if (here && !here->empty()) value = *here;
  }
  return value;
}

const ConfigFile* last_with(const std::vector<ConfigFile>& files, const TomlPath& path) {
  const ConfigFile* found = nullptr;
  for (const ConfigFile& file : files) {
    if (file.config.has(path)) found = &file;
  }
  return found;
}

std::vector<std::string> merged_list(const std::vector<ConfigFile>& files, const TomlPath& path,
                                     std::vector<std::string> built_in) {
  std::vector<std::string> merged = std::move(built_in);
  bool appends = false;
  for (const ConfigFile& file : files) {
    if (!file.config.has(path)) continue;
    const TomlList list = file.config.list_at(path);
    appends = list.append.value_or(appends);
    if (!appends) merged.clear();
    merged.insert(merged.end(), list.values.begin(), list.values.end());
  }
  return merged;
}

Result<void> add_edit(EngineEdit& edit, const RootTree& tree, const std::string& path,
                      std::optional<std::string> after) {
  auto before = tree.read(path);
  if (!before) return std::unexpected(std::move(before.error()));
  edit.considered.push_back(path);
  if (*before != after) edit.files.push_back({path, std::move(*before), std::move(after)});
  return {};
}

bool is_our_drop_in(std::string_view name) {
  return std::ranges::find(kDropInNames, name) != std::end(kDropInNames);
}

Result<std::string> drop_in_name(const std::string& directory, const std::vector<ConfigFile>& files,
                                 const TomlPath& decisive) {
  const std::string* last = nullptr;
  for (const ConfigFile& file : files) {
    if (file.path.starts_with(directory + '/') && file.config.has(decisive)) last = &file.path;
  }
  for (const char* name : kDropInNames) {
    std::string path = cat(directory, '/', name);
    if (last == nullptr || *last < path) return path;
  }
  return base::fail(ErrorCode::unsupported,
                    cat(base::quoted(*last), " sets ", base::quoted(base::join(decisive, ".")),
                        " after every file that Bulkhead could write"),
                    "give that file a name that sorts before zz-bulkhead.conf");
}

Result<void> remove_drop_ins(EngineEdit& edit, const RootTree& tree, const std::string& directory,
                             std::string_view keep) {
  for (const char* name : kDropInNames) {
    const std::string path = cat(directory, '/', name);
    if (path == keep) continue;
    if (const auto removed = add_edit(edit, tree, path, std::nullopt); !removed) return removed;
  }
  return {};
}

Result<std::vector<EngineView>> views_of(EngineKind kind, const RootTree& tree) {
  return row_of(kind).views(tree);
}

Result<EngineEdit> edit_to_install(EngineKind kind, const RootTree& tree, const InstallWish& wish) {
  return row_of(kind).install(tree, wish);
}

Result<EngineEdit> edit_to_uninstall(EngineKind kind, const RootTree& tree) {
  return row_of(kind).uninstall(tree);
}

}  // namespace bulkhead::cli
