// CRI-O: a drop-in in /etc/crio/crio.conf.d, and the hook in the directory that CRI-O and Podman
// share. The hook alone does not see exec and pause containers, the shim alone does not prove.
#include <algorithm>

#include "base/text.h"
#include "cli/engines/engine_config_parts.h"
#include "cli/names/programs.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

constexpr const char* kConfig = "/etc/crio/crio.conf";
constexpr const char* kDropIns = "/etc/crio/crio.conf.d";
constexpr const char* kPodmanDropIns = "/etc/containers/containers.conf.d";
const TomlPath kDefault = {"crio", "runtime", "default_runtime"};
const TomlPath kRuntimes = {"crio", "runtime", "runtimes"};

TomlPath below(TomlPath path, std::string key) {
  path.push_back(std::move(key));
  return path;
}

Result<std::vector<ConfigFile>> read_files(const RootTree& tree) {
  std::vector<std::string> paths = {kConfig};
  for (const std::string& name : tree.names_in(kDropIns)) {
    if (!is_our_drop_in(name)) paths.push_back(cat(kDropIns, '/', name));
  }
  std::vector<ConfigFile> files;
  for (const std::string& path : paths) {
    auto file = read_config(tree, path);
    if (!file) return std::unexpected(std::move(file.error()));
    files.push_back(std::move(*file));
  }
  return files;
}

// Without any word in the files, CRI-O's own default: runc before 1.31, crun since.
std::string default_name(const RootTree& tree, const std::vector<ConfigFile>& files) {
  std::string name = last_string(files, kDefault);
  if (!name.empty()) return name;
  return find_program(tree.root(), "runc").empty() ? "crun" : "runc";
}

Result<void> check_wrappable(const std::vector<ConfigFile>& files, const std::string& name) {
  const std::string type = last_string(files, below(below(kRuntimes, name), "runtime_type"));
  if (type.empty() || type == "oci" || type == "pod") return {};
  return base::fail(ErrorCode::unsupported,
                    cat("CRI-O's default runtime ", base::quoted(name), " is of type ",
                        base::quoted(type), ", behind which no OCI runtime stands"),
                    "make an OCI runtime the default, or use --runtime-class");
}

void note_others(const std::vector<ConfigFile>& files, EngineEdit& edit) {
  for (const ConfigFile& file : files) {
    for (const std::string& name : file.config.keys_of(kRuntimes)) {
      edit.notes.push_back(cat("the handler ", base::quoted(name),
                               " stays as it is: containers that choose it do not pass the shim"));
    }
  }
  std::ranges::sort(edit.notes);
  const auto doubled = std::ranges::unique(edit.notes);
  edit.notes.erase(doubled.begin(), doubled.end());
}

std::string drop_in_text(const std::vector<ConfigFile>& files, const std::string& name,
                         const std::string& shim, const InstallWish& wish) {
  const bool is_default = wish.runtime_class.empty();
  const std::string ours = is_default ? "bulkhead" : wish.runtime_class;
  const TomlPath from = below(kRuntimes, name);
  const ConfigFile* model = last_with(files, from);
  std::string text(kWrittenByUs);
  if (is_default) text += cat("[crio.runtime]\ndefault_runtime = ", toml_string(ours), "\n\n");
  text += (model == nullptr ? files.front() : *model)
              .config.rendered(from, below(kRuntimes, ours), {{{"runtime_path"}, shim}});
  return text;
}

}  // namespace

Result<EngineEdit> install_crio(const RootTree& tree, const InstallWish& wish) {
  const auto files = read_files(tree);
  if (!files) return std::unexpected(files.error());
  const std::string name = default_name(tree, *files);
  if (const auto can = check_wrappable(*files, name); !can) return std::unexpected(can.error());
  if (!wish.runtime_class.empty() && last_with(*files, below(kRuntimes, wish.runtime_class))) {
    return base::fail(ErrorCode::usage,
                      cat("CRI-O has a handler ", base::quoted(wish.runtime_class), " already"),
                      "choose another name for --runtime-class");
  }
  std::string program = last_string(*files, below(below(kRuntimes, name), "runtime_path"));
  if (program.empty()) program = name;
  const auto behind = shim_for(tree, program, wish);
  if (!behind) return std::unexpected(behind.error());
  EngineEdit edit{.shim = behind->shim, .runtime = behind->runtime};
  if (wish.runtime_class.empty()) note_others(*files, edit);
  const auto path = drop_in_name(kDropIns, *files, kDefault);
  if (!path) return std::unexpected(path.error());
  if (const auto added = add_shared_hooks(edit, tree, wish); !added)
    return std::unexpected(added.error());
  const auto added = add_edit(edit, tree, *path, drop_in_text(*files, name, behind->shim, wish));
  if (!added) return std::unexpected(added.error());
  if (const auto old = remove_drop_ins(edit, tree, kDropIns, *path); !old)
    return std::unexpected(old.error());
  return edit;
}

Result<EngineEdit> uninstall_crio(const RootTree& tree) {
  EngineEdit edit;
  if (const auto removed = remove_drop_ins(edit, tree, kDropIns); !removed)
    return std::unexpected(removed.error());
  if (const auto removed = remove_shared_hooks(edit, tree, kPodmanDropIns); !removed)
    return std::unexpected(removed.error());
  return edit;
}

}  // namespace bulkhead::cli
