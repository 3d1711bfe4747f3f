#include "cli/engines/engines.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "base/files.h"
#include "base/text.h"
#include "cli/engines/config_lines.h"
#include "cli/engines/engine_config_files.h"
#include "cli/names/programs.h"
#include "oci-config/json.h"

namespace bulkhead::cli {

namespace {

constexpr std::size_t kMaxConfigBytes = 1 << 20;
std::optional<std::string> read(const std::string& path) {
  auto content = base::read_file_at(
      AT_FDCWD, path, {.max_bytes = kMaxConfigBytes, .symlinks = base::FollowSymlinks::yes});
  if (!content) return std::nullopt;
  return std::move(content->bytes);
}

struct DirectoryCloser {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// Files of a directory whose names end so, sorted, with their paths.
std::vector<std::string> files_in(const std::string& directory, std::string_view ending) {
  std::vector<std::string> paths;
  const std::unique_ptr<DIR, DirectoryCloser> listing(::opendir(directory.c_str()));
  if (!listing) return paths;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name.ends_with(ending)) paths.push_back(base::cat(directory, '/', name));
  }
  std::ranges::sort(paths);
  return paths;
}

// A runtime is ours by the name of the shim or of a link to it.
bool is_ours(const std::string& program) {
  const std::string_view name = std::string_view(program).substr(program.rfind('/') + 1);
  return name == "bulkhead-shim" || name.starts_with("bulkhead-");
}

// What an engine's configuration says of its runtimes.
struct RuntimeChoice {
  std::string default_name;
  std::map<std::string, std::string> programs;  // runtime name → program
  std::string file;                             // the last file that says something of them
};

EngineState state_of(std::string name, const RuntimeChoice& choice) {
  EngineState state{.name = std::move(name)};
  const auto chosen = choice.programs.find(choice.default_name);
  const std::string& program =
      chosen != choice.programs.end() ? chosen->second : choice.default_name;
  if (is_ours(program)) {
    state.coverage = Coverage::shim;
    state.detail = base::cat("default runtime ", program, " (", choice.file, ')');
    return state;
  }
  for (const auto& [runtime, path] : choice.programs) {
    if (!is_ours(path)) continue;
    state.coverage = Coverage::optional;
    state.detail = base::cat("only as runtime ", base::quoted(runtime), " (", choice.file, ')');
    return state;
  }
  state.detail = choice.default_name.empty()
                     ? "no runtime of Bulkhead is configured"
                     : base::cat("default runtime is ", base::quoted(choice.default_name));
  return state;
}

std::vector<ConfigLine> lines_of(const std::vector<std::string>& files, RuntimeChoice& choice) {
  std::vector<ConfigLine> all;
  for (const std::string& file : files) {
    const auto text = read(file);
    if (!text) continue;
    for (ConfigLine& line : read_config_lines(*text)) {
      if (!line.values.empty() && is_ours(line.values.front())) choice.file = file;
      all.push_back(std::move(line));
    }
  }
  return all;
}

// "…containerd.runtimes.NAME.options" → NAME; `end` is what follows the name.
std::string runtime_of_table(const std::string& table, std::string_view before,
                             std::string_view end) {
  const std::size_t begin = table.find(before);
  if (begin == std::string::npos || !table.ends_with(end)) return {};
  const std::size_t from = begin + before.size();
  if (table.size() < from + end.size()) return {};
  std::string name = table.substr(from, table.size() - from - end.size());
  std::erase_if(name, [](char letter) { return letter == '"' || letter == '\''; });
  return name;
}

// The main file and those that it imports, in the order in which they count.
std::vector<std::string> containerd_files(const std::string& root) {
  std::vector<std::string> files = {root + "/etc/containerd/config.toml"};
  const std::string main = files.front();
  const auto tree = RootTree::open(root);
  const auto text = read(main);
  if (!tree || !text) return files;
  for (const ConfigLine& line : read_config_lines(*text)) {
    if (!line.table.empty() || line.key != "imports") continue;
    for (const std::string& import : line.values) {
      const bool whole = import.starts_with('/');
      for (const std::string& path :
           tree->matches(whole ? import : base::cat("/etc/containerd/", import))) {
        if (root + path != main) files.push_back(root + path);
      }
    }
  }
  return files;
}

EngineState containerd(const std::string& root) {
  RuntimeChoice choice;
  const auto lines = lines_of(containerd_files(root), choice);
  choice.default_name = last_value(lines, ".containerd", "default_runtime_name");
  if (choice.default_name.empty()) choice.default_name = "runc";
  for (const ConfigLine& line : lines) {
    const std::string runtime = runtime_of_table(line.table, ".containerd.runtimes.", ".options");
    if (line.key == "BinaryName" && !line.values.empty() && !runtime.empty()) {
      choice.programs[runtime] = line.values.front();
    }
  }
  return state_of("containerd", choice);
}

std::vector<std::string> crio_files(const std::string& root) {
  std::vector<std::string> files = {root + "/etc/crio/crio.conf"};
  for (std::string& file : files_in(root + "/etc/crio/crio.conf.d", "")) {
    if (!file.ends_with('.')) files.push_back(std::move(file));
  }
  return files;
}

EngineState crio(const std::string& root) {
  RuntimeChoice choice;
  const auto lines = lines_of(crio_files(root), choice);
  choice.default_name = last_value(lines, "crio.runtime", "default_runtime");
  for (const ConfigLine& line : lines) {
    const std::string runtime = runtime_of_table(line.table, "crio.runtime.runtimes.", "");
    if (line.key == "runtime_path" && !line.values.empty() && !runtime.empty()) {
      choice.programs[runtime] = line.values.front();
    }
  }
  return state_of("cri-o", choice);
}

std::vector<std::string> containers_conf_files(const std::string& root) {
  std::vector<std::string> files;
  for (const char* base_name :
       {"/usr/share/containers/containers.conf", "/etc/containers/containers.conf"}) {
    files.push_back(root + base_name);
    for (std::string& file : files_in(base::cat(root, base_name, ".d"), ".conf")) {
      files.push_back(std::move(file));
    }
  }
  return files;
}

EngineState podman(const std::string& root) {
  RuntimeChoice choice;
  const auto lines = lines_of(containers_conf_files(root), choice);
  choice.default_name = last_value(lines, "engine", "runtime");
  for (const ConfigLine& line : lines) {
    const bool program = line.table == "engine.runtimes" && !line.values.empty();
    if (program) choice.programs[line.key] = line.values.front();
  }
  return state_of("podman", choice);
}

EngineState docker(const std::string& root) {
  RuntimeChoice choice{.file = root + "/etc/docker/daemon.json"};
  const auto text = read(choice.file);
  if (!text) return state_of("docker", choice);
  const auto document = oci_config::JsonDocument::parse(*text, {.described = choice.file});
  if (!document) return {"docker", Coverage::none, document.error().message};
  if (const auto name = document->find("/default-runtime");
      name && name->is(oci_config::JsonType::string)) {
    choice.default_name = name->string();
  }
  const auto runtimes = document->find("/runtimes");
  for (auto entry = runtimes ? runtimes->first() : std::nullopt; entry; entry = entry->next()) {
    const auto path = entry->member("path");
    if (path && path->is(oci_config::JsonType::string)) {
      choice.programs[std::string(entry->key())] = path->string();
    }
  }
  return state_of("docker", choice);
}

std::optional<HookFile> hook_of(const std::string& root, const std::string& file) {
  const auto text = read(file);
  if (!text) return std::nullopt;
  const auto document = oci_config::JsonDocument::parse(*text, {.described = file});
  if (!document) return std::nullopt;
  const auto path = document->find("/hook/path");
  if (!path || !path->is(oci_config::JsonType::string)) return std::nullopt;
  const std::string program(path->string());
  if (!program.ends_with("/bulkhead-hook")) return std::nullopt;
  return HookFile{file, program, ::access((root + program).c_str(), X_OK) == 0};
}

std::vector<HookFile> hooks_below(const std::string& root) {
  std::vector<HookFile> hooks;
  for (const char* directory :
       {"/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d"}) {
    for (const std::string& file : files_in(root + directory, ".json")) {
      if (auto hook = hook_of(root, file)) hooks.push_back(std::move(*hook));
    }
  }
  return hooks;
}

// CRI-O and Podman read hooks.d; the hook adds to what the shim covers.
void add_hook(EngineState& state, const std::vector<HookFile>& hooks) {
  const auto working = std::ranges::find_if(hooks, &HookFile::present);
  if (working == hooks.end()) return;
  const bool shim = state.coverage == Coverage::shim;
  state.coverage = shim ? Coverage::both : Coverage::hook;
  state.detail = base::cat(shim ? state.detail + ", " : "", "hook ", working->path);
}

struct KnownEngine {
  const char* program;
  EngineState (*look)(const std::string& root);
  bool reads_hooks;
};
constexpr KnownEngine kEngines[] = {
    {"containerd", containerd, false},
    {"crio", crio, true},
    {"podman", podman, true},
    {"dockerd", docker, false},
};

}  // namespace

std::string_view name_of(Coverage coverage) {
  switch (coverage) {
    case Coverage::shim: return "shim";
    case Coverage::hook: return "hook";
    case Coverage::both: return "shim+hook";
    case Coverage::optional: return "optional";
    case Coverage::none: return "not covered";
  }
  return "not covered";
}

EngineReport find_engines(const std::string& root) {
  EngineReport report{.hooks = hooks_below(root)};
  for (const KnownEngine& engine : kEngines) {
    if (find_program(root, engine.program).empty()) continue;
    EngineState state = engine.look(root);
    if (engine.reads_hooks) add_hook(state, report.hooks);
    report.engines.push_back(std::move(state));
  }
  return report;
}

}  // namespace bulkhead::cli
