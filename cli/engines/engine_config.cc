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
    {EngineKind::containerd, "containerd", "containerd", "containerd.service"},
    {EngineKind::crio, "crio", "crio", "crio.service"},
    {EngineKind::podman, "podman", "podman", ""},
    {EngineKind::docker, "docker", "dockerd", "docker.service"},
};

constexpr const char* kDropInNames[] = {"50-bulkhead.conf", "99-bulkhead.conf", "zz-bulkhead.conf"};

bool same_file(const std::string& a, const std::string& b) {
  struct stat left;
  struct stat right;
  return ::stat(a.c_str(), &left) == 0 && ::stat(b.c_str(), &right) == 0 &&
         left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

struct SharedHook {
  const char* file;
  const char* stage;
};
constexpr SharedHook kSharedHookFiles[] = {
    {"/50-bulkhead-poststop.json", "poststop"},
    {"/50-bulkhead.json", "createRuntime"},
};

}  // namespace

std::span<const EngineRow> engine_table() { return kEngines; }

const EngineRow& row_of(EngineKind kind) {
  return *std::ranges::find(kEngines, kind, &EngineRow::kind);
}

Result<Behind> shim_for(const RootTree& tree, const std::string& program, const InstallWish& wish) {
  const std::string name = base_name(program);
  if (name.starts_with("bulkhead-")) return Behind{.shim = program, .runtime = program};
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

Result<ConfigFile> read_config(const RootTree& tree, const std::string& path) {
  auto before = tree.read(path);
  if (!before) return std::unexpected(std::move(before.error()));
  auto config = TomlText::parse(without_marked_edits(before->value_or("")), tree.root() + path);
  if (!config) return std::unexpected(std::move(config.error()));
  return ConfigFile{path, std::move(*before), std::move(*config)};
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

std::string hook_json(std::string_view program, std::string_view stage) {
  return cat("{\n  \"version\": \"1.0.0\",\n  \"hook\": {\n    \"path\": ",
             base::json_string(program), ",\n    \"args\": [\"bulkhead-hook\", \"", stage,
             "\"],\n    \"timeout\": 20\n  },\n  \"when\": { \"always\": true },\n"
             "  \"stages\": [\"",
             stage, "\"]\n}\n");
}

Result<void> add_shared_hooks(EngineEdit& edit, const RootTree& tree, const InstallWish& wish) {
  if (!wish.hook) {
    edit.notes.emplace_back("bulkhead-hook is not there: nothing is proved");
    return {};
  }
  for (const SharedHook& hook : kSharedHookFiles) {
    const auto added = add_edit(edit, tree, cat(kSharedHooks, hook.file),
                                hook_json(wish.directory + "/bulkhead-hook", hook.stage));
    if (!added) return added;
  }
  return {};
}

Result<void> remove_shared_hooks(EngineEdit& edit, const RootTree& tree,
                                 const std::string& other_directory) {
  for (const std::string& name : tree.names_in(other_directory)) {
    if (is_our_drop_in(name)) return {};
  }
  for (const SharedHook& hook : kSharedHookFiles) {
    const auto removed = add_edit(edit, tree, cat(kSharedHooks, hook.file), std::nullopt);
    if (!removed) return removed;
  }
  return {};
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

Result<EngineEdit> edit_to_install(EngineKind kind, const RootTree& tree, const InstallWish& wish) {
  switch (kind) {
    case EngineKind::containerd: return install_containerd(tree, wish);
    case EngineKind::crio: return install_crio(tree, wish);
    case EngineKind::podman: return install_podman(tree, wish);
    case EngineKind::docker: return install_docker(tree, wish);
  }
  return base::fail(ErrorCode::internal, "unknown engine");
}

Result<EngineEdit> edit_to_uninstall(EngineKind kind, const RootTree& tree) {
  switch (kind) {
    case EngineKind::containerd: return uninstall_containerd(tree);
    case EngineKind::crio: return uninstall_crio(tree);
    case EngineKind::podman: return uninstall_podman(tree);
    case EngineKind::docker: return uninstall_docker(tree);
  }
  return base::fail(ErrorCode::internal, "unknown engine");
}

}  // namespace bulkhead::cli
