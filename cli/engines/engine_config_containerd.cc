// containerd, /etc/containerd/config.toml. Up to 1.7 an imported file replaces a plugin's whole
// section (seen with 1.6.20), so a drop-in would lose what the administrator wrote there; the file
// that decides is edited instead.
//
// Only what comes through CRI: ctr and nerdctl name their runtime themselves.
#include <algorithm>
#include <deque>
#include <filesystem>
#include <iterator>
#include <span>

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

// Where a relative pattern starts. containerd 1 has its working directory there, which is / under
// systemd (seen with 1.6.20).
enum class Patterns : std::uint8_t { at_their_file, at_root };

// containerd takes a path with a star for a pattern, every other as it is.
std::vector<std::string> imported(const RootTree& tree, const ConfigFile& file, Patterns start) {
  std::vector<std::string> paths;
  const std::filesystem::path directory = std::filesystem::path(file.path).parent_path();
  for (const std::string& import : file.config.strings_at({"imports"})) {
    const bool is_pattern = import.contains('*');
    const bool at_root = is_pattern && start == Patterns::at_root;
    std::string path = ((at_root ? "/" : directory) / import).lexically_normal().string();
    if (is_pattern) {
      std::ranges::move(tree.matches(path), std::back_inserter(paths));
    } else {
      paths.push_back(std::move(path));
    }
  }
  return paths;
}

// The main file and what it and its imports import, each once, in the order in which they count. A
// file that cannot be read imports nothing.
std::vector<std::string> config_paths(const RootTree& tree, Patterns start) {
  std::vector<std::string> paths;
  std::deque<std::string> pending = {kConfig};
  for (; !pending.empty(); pending.pop_front()) {
    if (std::ranges::find(paths, pending.front()) != paths.end()) continue;
    paths.push_back(pending.front());
    const auto file = read_config(tree, paths.back(), Reading::as_they_are);
    if (file) std::ranges::move(imported(tree, *file, start), std::back_inserter(pending));
  }
  return paths;
}

Result<std::vector<ConfigFile>> read_files(const RootTree& tree, Reading reading, Patterns start) {
  auto files = read_configs(tree, config_paths(tree, start), reading);
  if (!files || files->front().before) return files;
  auto created = TomlText::parse(std::string(kCreated), kConfig);
  if (!created) return std::unexpected(std::move(created.error()));
  files->front().config = std::move(*created);
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

// A file of another version than the main one. containerd 2 carries its words over, 1.7 does not.
Result<void> check_one_version(const std::vector<ConfigFile>& files, const CriPlugin& plugin) {
  for (const ConfigFile& file : std::span(files).subspan(1)) {
    if (file.config.has({"plugins", plugin.name})) continue;
    for (const CriPlugin& other : kPlugins) {
      if (!file.config.has({"plugins", other.name, "containerd"})) continue;
      return base::fail(ErrorCode::unsupported,
                        cat(base::quoted(file.path), " configures ", base::quoted(other.name),
                            ", but the main file is of version ", plugin.version,
                            ", where that is ", base::quoted(plugin.name)),
                        "`containerd config migrate` brings both to one version");
    }
  }
  return {};
}

struct Runtimes {
  std::vector<ConfigFile> files;  // whose words count, in order
  TomlPath section;               // plugins.….containerd
  std::string chosen;             // the default: "runc"
  [[nodiscard]] TomlPath all() const { return section + TomlPath{"runtimes"}; }
  [[nodiscard]] TomlPath of(const std::string& name) const { return all() + TomlPath{name}; }
  [[nodiscard]] TomlPath binary(const std::string& name) const {
    return of(name) + TomlPath{"options", "BinaryName"};
  }
};

Result<Runtimes> runtimes_in(std::vector<ConfigFile> files, const CriPlugin& plugin) {
  Runtimes runtimes{.files = std::move(files), .section = {"plugins", plugin.name, "containerd"}};
  runtimes.chosen =
      last_string(runtimes.files, runtimes.section + TomlPath{"default_runtime_name"});
  if (runtimes.chosen.empty()) runtimes.chosen = "runc";
  const TomlPath old_form = runtimes.section + TomlPath{"default_runtime", "runtime_type"};
  if (last_string(runtimes.files, old_form).empty()) return runtimes;
  return base::fail(ErrorCode::unsupported,
                    cat(base::quoted(path_with(runtimes.files, old_form)),
                        " names its runtime in the deprecated table default_runtime"),
                    "move it to runtimes.NAME and default_runtime_name");
}

// The last of the files that has the plugin's section, which up to 1.7 replaces the others' whole.
std::vector<ConfigFile> last_section(const std::vector<ConfigFile>& files,
                                     const CriPlugin& plugin) {
  const ConfigFile* last = last_with(files, {"plugins", plugin.name});
  return {last == nullptr ? files.front() : *last};
}

// The files whose words count, for each way of reading them. What containerd 1 reads too comes
// first as it reads sections; containerd 2 merges them. Where install looks, a relative pattern
// counts.
Result<std::vector<std::vector<ConfigFile>>> ways_to_read(const RootTree& tree, Reading reading,
                                                          const CriPlugin& plugin,
                                                          std::vector<ConfigFile> files) {
  std::vector<std::vector<ConfigFile>> ways;
  if (plugin.version < 3) ways.push_back(last_section(files, plugin));
  ways.push_back(std::move(files));
  if (plugin.version < 3 && reading == Reading::as_they_are) {
    auto of_version_1 = read_files(tree, reading, Patterns::at_root);
    if (!of_version_1) return std::unexpected(std::move(of_version_1.error()));
    ways.push_back(last_section(*of_version_1, plugin));
  }
  return ways;
}

Result<std::vector<Runtimes>> read_runtimes(const RootTree& tree, Reading reading) {
  auto files = read_files(tree, reading, Patterns::at_their_file);
  if (!files) return std::unexpected(std::move(files.error()));
  const auto enabled = check_cri_enabled(files->front());
  if (!enabled) return std::unexpected(enabled.error());
  const auto plugin = plugin_of(files->front());
  if (!plugin) return std::unexpected(plugin.error());
  const auto one = check_one_version(*files, *plugin);
  if (!one) return std::unexpected(one.error());
  auto ways = ways_to_read(tree, reading, *plugin, std::move(*files));
  if (!ways) return std::unexpected(std::move(ways.error()));
  std::vector<Runtimes> all;
  for (std::vector<ConfigFile>& way : *ways) {
    auto runtimes = runtimes_in(std::move(way), *plugin);
    if (!runtimes) return std::unexpected(std::move(runtimes.error()));
    all.push_back(std::move(*runtimes));
  }
  return all;
}

std::string type_of(const Runtimes& runtimes, const std::string& name) {
  std::string type = last_string(runtimes.files, runtimes.of(name) + TomlPath{"runtime_type"});
  return type.empty() ? "io.containerd.runc.v2" : type;
}

// Empty when no OCI runtime stands there: other types do not read BinaryName.
std::string program_of(const Runtimes& runtimes, const std::string& name) {
  const std::string type = type_of(runtimes, name);
  if (type != "io.containerd.runc.v2" && type != "io.containerd.runc.v1") return {};
  std::string program = last_string(runtimes.files, runtimes.binary(name));
  return program.empty() ? "runc" : program;
}

Result<std::string> wrappable_program(const Runtimes& runtimes) {
  std::string program = program_of(runtimes, runtimes.chosen);
  if (!program.empty()) return program;
  return base::fail(
      ErrorCode::unsupported,
      cat("containerd's default runtime ", base::quoted(runtimes.chosen), " is of type ",
          base::quoted(type_of(runtimes, runtimes.chosen)), ", behind which no OCI runtime stands"),
      "make an OCI runtime the default, or use --runtime-class");
}

// Where the change goes: the last file that speaks of the handler, else of CRI's runtimes at all.
const ConfigFile& target_of(const Runtimes& runtimes) {
  const TomlPath plugin(runtimes.section.begin(), runtimes.section.end() - 1);
  const TomlPath handler = runtimes.of(runtimes.chosen);
  for (const TomlPath& path : {handler + TomlPath{"options"}, handler, runtimes.all(), plugin}) {
    if (const ConfigFile* file = last_with(runtimes.files, path)) return *file;
  }
  return runtimes.files.front();
}

void note_others(const Runtimes& runtimes, EngineEdit& edit) {
  for (const ConfigFile& file : runtimes.files) {
    for (const std::string& name : file.config.keys_of(runtimes.all())) {
      if (name == runtimes.chosen) continue;
      edit.notes.push_back(cat("the handler ", base::quoted(name),
                               " stays as it is: containers that choose it do not pass Bulkhead"));
    }
  }
}

Result<void> check_is_new(const Runtimes& runtimes, const std::string& runtime_class) {
  if (runtime_class.empty() || last_with(runtimes.files, runtimes.of(runtime_class)) == nullptr)
    return {};
  return base::fail(ErrorCode::usage,
                    cat("containerd has a handler ", base::quoted(runtime_class), " already"),
                    "choose another name for --runtime-class");
}

Result<std::string> changed_text(const Runtimes& runtimes, const std::string& shim,
                                 const std::string& runtime_class) {
  const ConfigFile& target = target_of(runtimes);
  const TomlPath handler = runtimes.of(runtimes.chosen);
  const ConfigFile* model = last_with(runtimes.files, handler);
  const std::vector<TomlString> wanted = {{{"runtime_type"}, type_of(runtimes, runtimes.chosen)},
                                          {{"options", "BinaryName"}, shim}};
  if (!runtime_class.empty()) {
    return target.config.with_tables(
        (model == nullptr ? target : *model)
            .config.rendered(handler, runtimes.of(runtime_class), wanted));
  }
  if (model == nullptr) {
    return target.config.with_tables(target.config.rendered({}, handler, wanted));
  }
  return target.config.with_string({runtimes.binary(runtimes.chosen), shim});
}

EngineView view_of(const Runtimes& runtimes) {
  EngineView view{.runtime = runtimes.chosen,
                  .program = program_of(runtimes, runtimes.chosen),
                  .file = path_with(runtimes.files, runtimes.binary(runtimes.chosen))};
  for (const ConfigFile& file : runtimes.files) {
    for (const std::string& name : file.config.keys_of(runtimes.all()))
      view.programs[name] = program_of(runtimes, name);
  }
  return view;
}

}  // namespace

Result<std::vector<EngineView>> views_of_containerd(const RootTree& tree) {
  const auto ways = read_runtimes(tree, Reading::as_they_are);
  if (!ways) return std::unexpected(ways.error());
  std::vector<EngineView> views;
  for (const Runtimes& runtimes : *ways) views.push_back(view_of(runtimes));
  return views;
}

Result<EngineEdit> install_containerd(const RootTree& tree, const InstallWish& wish) {
  const auto ways = read_runtimes(tree, Reading::before_installation);
  if (!ways) return std::unexpected(ways.error());
  const Runtimes& runtimes = ways->front();
  const auto program = wrappable_program(runtimes);
  if (!program) return std::unexpected(program.error());
  if (auto is_new = check_is_new(runtimes, wish.runtime_class); !is_new)
    return std::unexpected(std::move(is_new.error()));
  const auto behind = shim_for(tree, *program, wish);
  if (!behind) return std::unexpected(behind.error());
  auto text = changed_text(runtimes, behind->shim, wish.runtime_class);
  if (!text) return std::unexpected(std::move(text.error()));
  EngineEdit edit{.shim = behind->shim, .runtime = behind->runtime};
  if (wish.runtime_class.empty()) note_others(runtimes, edit);
  edit.notes.emplace_back(
      "ctr and nerdctl name their runtime themselves (ctr run --runc-binary …)");
  const auto added = add_edit(edit, tree, target_of(runtimes).path, std::move(*text));
  if (!added) return std::unexpected(added.error());
  return edit;
}

Result<EngineEdit> uninstall_containerd(const RootTree& tree) {
  EngineEdit edit;
  for (const std::string& path : config_paths(tree, Patterns::at_their_file)) {
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
