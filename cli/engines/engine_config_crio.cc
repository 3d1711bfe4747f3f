// CRI-O: a drop-in in /etc/crio/crio.conf.d, and the hook in the directory that CRI-O and Podman
// share: for handlers that are not behind the shim. It does not see exec and pause containers.
#include <algorithm>

#include "base/text.h"
#include "cli/engines/engine_answer.h"
#include "cli/engines/engine_config_parts.h"
#include "cli/engines/engine_hooks.h"
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
const TomlPath kHooks = {"crio", "runtime", "hooks_dir"};

TomlPath below(TomlPath path, std::string key) {
  path.push_back(std::move(key));
  return path;
}

// CRI-O reads every file below the directory, whatever its name.
Result<std::vector<ConfigFile>> read_files(const RootTree& tree, Reading reading) {
  std::vector<std::string> paths = {kConfig};
  for (const std::string& path : tree.files_below(kDropIns)) {
    const std::string name = path.substr(path.rfind('/') + 1);
    const bool skipped = name.starts_with('.') || is_our_drop_in(name);
    if (reading == Reading::as_they_are || !skipped) paths.push_back(path);
  }
  return read_configs(tree, paths, reading);
}

// Without any word in the files, CRI-O's own default: runc before 1.31, crun since.
std::vector<std::string> possible_defaults(const std::vector<ConfigFile>& files) {
  const std::string name = last_string(files, kDefault);
  return name.empty() ? std::vector<std::string>{"runc", "crun"} : std::vector{name};
}

std::string default_name(const RootTree& tree, const std::vector<ConfigFile>& files) {
  std::vector<std::string> names = possible_defaults(files);
  const auto used =
      names.size() > 1 && tree.root().empty() ? runtime_in_use(EngineKind::crio) : std::nullopt;
  if (used && std::ranges::find(names, *used) != names.end()) return *used;
  return names.size() > 1 && find_program(tree.root(), names[0]).empty() ? names[1] : names[0];
}

// A table of a handler replaces one of the same name in an earlier file whole.
std::string handler_string(const std::vector<ConfigFile>& files, const std::string& name,
                           const std::string& key) {
  const TomlPath table = below(kRuntimes, name);
  const ConfigFile* file = last_with(files, table);
  return file == nullptr ? std::string() : file->config.string_at(below(table, key)).value_or("");
}

// A name that CRI-O looks up where the handler has no path; empty when no OCI runtime stands there.
std::string program_of(const std::vector<ConfigFile>& files, const std::string& name) {
  const std::string type = handler_string(files, name, "runtime_type");
  if (!type.empty() && type != "oci" && type != "pod") return {};
  std::string program = handler_string(files, name, "runtime_path");
  return program.empty() ? name : program;
}

Result<std::string> wrappable_program(const std::vector<ConfigFile>& files,
                                      const std::string& name) {
  std::string program = program_of(files, name);
  if (!program.empty()) return program;
  return base::fail(ErrorCode::unsupported,
                    cat("CRI-O's default runtime ", base::quoted(name), " is of type ",
                        base::quoted(handler_string(files, name, "runtime_type")),
                        ", behind which no OCI runtime stands"),
                    "make an OCI runtime the default, or use --runtime-class");
}

EngineView view_of(const std::vector<ConfigFile>& files, const std::string& name) {
  EngineView view{.runtime = name,
                  .program = program_of(files, name),
                  .file = path_with(files, below(kRuntimes, name)),
                  .hook_directories = merged_list(files, kHooks, {kSharedHooks})};
  for (const ConfigFile& file : files) {
    for (const std::string& other : file.config.keys_of(kRuntimes))
      view.programs[other] = program_of(files, other);
  }
  return view;
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

Result<std::vector<EngineView>> views_of_crio(const RootTree& tree) {
  const auto files = read_files(tree, Reading::as_they_are);
  if (!files) return std::unexpected(files.error());
  std::vector<EngineView> views;
  for (const std::string& name : possible_defaults(*files)) views.push_back(view_of(*files, name));
  return views;
}

Result<EngineEdit> install_crio(const RootTree& tree, const InstallWish& wish) {
  const auto files = read_files(tree, Reading::before_installation);
  if (!files) return std::unexpected(files.error());
  const std::string name = default_name(tree, *files);
  const auto program = wrappable_program(*files, name);
  if (!program) return std::unexpected(program.error());
  if (!wish.runtime_class.empty() && last_with(*files, below(kRuntimes, wish.runtime_class))) {
    return base::fail(ErrorCode::usage,
                      cat("CRI-O has a handler ", base::quoted(wish.runtime_class), " already"),
                      "choose another name for --runtime-class");
  }
  const auto behind = shim_for(tree, *program, wish);
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
