// containerd, /etc/containerd/config.toml. Up to 1.7 an imported file replaces a plugin's whole
// section (seen with 1.6.20), so a drop-in would lose what the administrator wrote there; the file
// that decides is edited instead.
//
// Only what comes through CRI: ctr and nerdctl name their runtime themselves.
#include <algorithm>

#include "base/text.h"
#include "cli/engines/engine_config_parts.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

constexpr const char* kConfig = "/etc/containerd/config.toml";
constexpr std::string_view kCreated = "# Created by `bulkhead install`.\nversion = 2\n";

// Version of the file → the plugin that holds CRI's runtimes.
struct CriPlugin {
  std::int64_t version;
  const char* name;
};
constexpr CriPlugin kPlugins[] = {
    {1, "cri"},
    {2, "io.containerd.grpc.v1.cri"},
    {3, "io.containerd.cri.v1.runtime"},
};

TomlPath operator+(TomlPath path, const TomlPath& more) {
  path.insert(path.end(), more.begin(), more.end());
  return path;
}

std::vector<std::string> imported(const RootTree& tree, const TomlText& main) {
  std::vector<std::string> paths;
  for (const std::string& import : main.strings_at({"imports"})) {
    const std::string pattern = import.starts_with('/') ? import : cat("/etc/containerd/", import);
    for (std::string& path : tree.matches(pattern)) {
      if (path != kConfig) paths.push_back(std::move(path));
    }
  }
  return paths;
}

Result<std::vector<ConfigFile>> read_files(const RootTree& tree) {
  std::vector<ConfigFile> files;
  auto main = read_config(tree, kConfig);
  if (!main) return std::unexpected(std::move(main.error()));
  if (!main->before) {
    auto created = TomlText::parse(std::string(kCreated), kConfig);
    if (!created) return std::unexpected(std::move(created.error()));
    main->config = std::move(*created);
  }
  const std::vector<std::string> imports = imported(tree, main->config);
  files.push_back(std::move(*main));
  for (const std::string& path : imports) {
    auto file = read_config(tree, path);
    if (!file) return std::unexpected(std::move(file.error()));
    files.push_back(std::move(*file));
  }
  return files;
}

Result<CriPlugin> plugin_of(const ConfigFile& main) {
  const std::int64_t version = main.config.integer_at({"version"}).value_or(1);
  const auto* found = std::ranges::find(kPlugins, version, &CriPlugin::version);
  if (found != std::end(kPlugins)) return *found;
  return base::fail(ErrorCode::unsupported,
                    cat("version ", version, " of ", base::quoted(main.path), " is not known"),
                    "versions 1, 2 and 3 are");
}

Result<void> check_cri_enabled(const ConfigFile& main) {
  for (const std::string& disabled : main.config.strings_at({"disabled_plugins"})) {
    if (std::ranges::find(kPlugins, disabled, &CriPlugin::name) == std::end(kPlugins)) continue;
    return base::fail(ErrorCode::unsupported,
                      cat(base::quoted(main.path),
                          " disables the CRI plugin: no container comes "
                          "through it"),
                      "for Docker's containers: bulkhead install docker");
  }
  return {};
}

struct Handler {
  std::vector<ConfigFile> view;  // the files whose words count, in order
  TomlPath runtimes;             // plugins.….containerd.runtimes
  std::string name;              // the default: "runc"
  [[nodiscard]] TomlPath path() const { return runtimes + TomlPath{name}; }
  [[nodiscard]] TomlPath binary() const { return path() + TomlPath{"options", "BinaryName"}; }
};

Result<Handler> default_handler(std::vector<ConfigFile> files) {
  if (const auto enabled = check_cri_enabled(files.front()); !enabled)
    return std::unexpected(enabled.error());
  const auto plugin = plugin_of(files.front());
  if (!plugin) return std::unexpected(plugin.error());
  const TomlPath section = {"plugins", plugin->name};
  if (plugin->version < 3) {
    const ConfigFile* last = last_with(files, section);
    files = {last == nullptr ? files.front() : *last};
  }
  const TomlPath containerd = section + TomlPath{"containerd"};
  Handler handler{.view = std::move(files), .runtimes = containerd + TomlPath{"runtimes"}};
  handler.name = last_string(handler.view, containerd + TomlPath{"default_runtime_name"});
  if (handler.name.empty()) handler.name = "runc";
  const TomlPath old_form = containerd + TomlPath{"default_runtime", "runtime_type"};
  if (!last_string(handler.view, old_form).empty()) {
    return base::fail(ErrorCode::unsupported,
                      cat(base::quoted(handler.view.back().path),
                          " names its runtime in the deprecated table default_runtime"),
                      "move it to runtimes.NAME and default_runtime_name");
  }
  return handler;
}

Result<void> check_wrappable(const Handler& handler, const std::string& type) {
  if (type == "io.containerd.runc.v2" || type == "io.containerd.runc.v1") return {};
  return base::fail(ErrorCode::unsupported,
                    cat("containerd's default runtime ", base::quoted(handler.name), " is of type ",
                        base::quoted(type), ", behind which no OCI runtime stands"),
                    "make an OCI runtime the default, or use --runtime-class");
}

// Where the change goes: the last file that speaks of the handler, else of CRI's runtimes at all.
const ConfigFile& target_of(const Handler& handler) {
  const TomlPath section(handler.runtimes.begin(), handler.runtimes.begin() + 2);
  for (const TomlPath& path :
       {handler.path() + TomlPath{"options"}, handler.path(), handler.runtimes, section}) {
    if (const ConfigFile* file = last_with(handler.view, path)) return *file;
  }
  return handler.view.front();
}

void note_others(const Handler& handler, EngineEdit& edit) {
  for (const ConfigFile& file : handler.view) {
    for (const std::string& name : file.config.keys_of(handler.runtimes)) {
      if (name == handler.name) continue;
      edit.notes.push_back(cat("the handler ", base::quoted(name),
                               " stays as it is: containers that choose it do not pass Bulkhead"));
    }
  }
}

Result<std::string> changed_text(const Handler& handler, const std::string& type,
                                 const std::string& shim, const std::string& runtime_class) {
  const ConfigFile& target = target_of(handler);
  const std::vector<TomlString> wanted = {{{"runtime_type"}, type},
                                          {{"options", "BinaryName"}, shim}};
  if (!runtime_class.empty()) {
    const ConfigFile* model = last_with(handler.view, handler.path());
    return target.config.with_tables(
        (model == nullptr ? target : *model)
            .config.rendered(handler.path(), handler.runtimes + TomlPath{runtime_class}, wanted));
  }
  if (last_with(handler.view, handler.path()) == nullptr) {
    return target.config.with_tables(target.config.rendered({}, handler.path(), wanted));
  }
  return target.config.with_string({handler.binary(), shim});
}

}  // namespace

Result<EngineEdit> install_containerd(const RootTree& tree, const InstallWish& wish) {
  auto files = read_files(tree);
  if (!files) return std::unexpected(std::move(files.error()));
  const auto handler = default_handler(std::move(*files));
  if (!handler) return std::unexpected(handler.error());
  const TomlPath type_path = handler->path() + TomlPath{"runtime_type"};
  std::string type = last_string(handler->view, type_path);
  if (type.empty()) type = "io.containerd.runc.v2";
  if (const auto can = check_wrappable(*handler, type); !can) return std::unexpected(can.error());
  if (!wish.runtime_class.empty() &&
      last_with(handler->view, handler->runtimes + TomlPath{wish.runtime_class}) != nullptr) {
    return base::fail(
        ErrorCode::usage,
        cat("containerd has a handler ", base::quoted(wish.runtime_class), " already"),
        "choose another name for --runtime-class");
  }
  std::string program = last_string(handler->view, handler->binary());
  if (program.empty()) program = "runc";
  const auto behind = shim_for(tree, program, wish);
  if (!behind) return std::unexpected(behind.error());
  auto text = changed_text(*handler, type, behind->shim, wish.runtime_class);
  if (!text) return std::unexpected(std::move(text.error()));
  EngineEdit edit{.shim = behind->shim, .runtime = behind->runtime};
  if (wish.runtime_class.empty()) note_others(*handler, edit);
  edit.notes.emplace_back(
      "ctr and nerdctl name their runtime themselves (ctr run --runc-binary …)");
  const auto added = add_edit(edit, tree, target_of(*handler).path, std::move(*text));
  if (!added) return std::unexpected(added.error());
  return edit;
}

Result<EngineEdit> uninstall_containerd(const RootTree& tree) {
  EngineEdit edit;
  std::vector<std::string> paths = {kConfig};
  if (const auto main = read_config(tree, kConfig)) {
    for (std::string& path : imported(tree, main->config)) paths.push_back(std::move(path));
  }
  for (const std::string& path : paths) {
    auto before = tree.read(path);
    if (!before) return std::unexpected(std::move(before.error()));
    std::optional<std::string> after;
    if (*before) after = without_marked_edits(**before);
    if (path == kConfig && after == kCreated) after = std::nullopt;
    if (const auto added = add_edit(edit, tree, path, std::move(after)); !added)
      return std::unexpected(added.error());
  }
  return edit;
}

}  // namespace bulkhead::cli
