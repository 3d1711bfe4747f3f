#include "cli/engines/engine_answer.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "base/unique_fd.h"
#include "cli/engines/engine_config_parts.h"
#include "cli/engines/engine_config_toml.h"
#include "cli/engines/run_program.h"
#include "cli/names/programs.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::quoted;

constexpr int kAsk_ms = 20'000;

std::string_view socket_of(EngineKind kind) {
  switch (kind) {
    case EngineKind::containerd: return "/run/containerd/containerd.sock";
    case EngineKind::crio: return "/run/crio/crio.sock";
    case EngineKind::docker: return "/run/docker.sock";
    case EngineKind::podman: return {};
  }
  return {};
}

// What the program says; nothing where it is not there or fails.
std::optional<std::string> answer_of(std::string_view name, std::vector<std::string> words) {
  const std::string program = find_program("", std::string(name));
  if (program.empty()) return std::nullopt;
  words.insert(words.begin(), program);
  auto ran = run_program(words, kAsk_ms);
  if (!ran || ran->exit_code != 0) return std::nullopt;
  return std::move(ran->output);
}

// Clients print warnings around what they are asked for: a mark tells it from them.
std::optional<std::string> marked_answer(std::string_view client, std::string_view field) {
  constexpr std::string_view kMark = "bulkhead asks: ";
  const auto text = answer_of(client, {"info", "--format", cat(kMark, "{{", field, "}}")});
  const std::size_t at = text ? text->find(kMark) : std::string::npos;
  if (at == std::string::npos) return std::nullopt;
  const std::string rest = text->substr(at + kMark.size());
  const std::string name = rest.substr(0, rest.find('\n'));
  return name.empty() ? std::nullopt : std::optional(name);
}

std::optional<std::string> containerd_answer() {
  const auto text = answer_of("containerd", {"config", "dump"});
  const auto config = text ? TomlText::parse(*text, "containerd config dump")
                           : base::fail(ErrorCode::runtime, "no answer");
  if (!config) return std::nullopt;
  for (const char* plugin : {"io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri"}) {
    auto name = config->string_at({"plugins", plugin, "containerd", "default_runtime_name"});
    if (name && !name->empty()) return name;
  }
  return std::nullopt;
}

// Of the last line `default_runtime = "crun"`, with and without the mark of a default ("# "): log
// lines stand around the document, so it is no TOML as a whole.
std::optional<std::string> default_runtime_in(std::string_view text) {
  constexpr std::string_view kKey = "default_runtime = \"";
  std::optional<std::string> name;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::size_t key = line.find(kKey);
    const bool is_setting = key != std::string_view::npos &&
                            line.substr(0, key).find_first_not_of(" \t#") == std::string_view::npos;
    if (is_setting) {
      const std::string_view value = line.substr(key + kKey.size());
      name = std::string(value.substr(0, value.find('"')));
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return name && !name->empty() ? name : std::nullopt;
}

std::optional<std::string> crio_answer(std::string_view program, std::vector<std::string> words) {
  const auto text = answer_of(program, std::move(words));
  return text ? default_runtime_in(*text) : std::nullopt;
}

// The daemon's own words; without it, those of its program: what it makes of the files, and where
// nothing is set, what is built in.
std::optional<std::string> crio_answer() {
  if (daemon_runs(EngineKind::crio)) {
    if (auto name = crio_answer("crio", {"status", "config"})) return name;
    return crio_answer("crio-status", {"config"});  // before 1.25
  }
  if (auto name = crio_answer("crio", {"config"})) return name;
  return crio_answer("crio", {"config", "--default"});
}

}  // namespace

bool daemon_runs(EngineKind kind) {
  const std::string_view path = socket_of(kind);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return socket.valid() &&
         ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::optional<std::string> runtime_in_use(EngineKind kind) {
  switch (kind) {
    case EngineKind::containerd: return containerd_answer();
    case EngineKind::crio: return crio_answer();
    case EngineKind::podman: return marked_answer("podman", ".Host.OCIRuntime.Name");
    case EngineKind::docker:
      return daemon_runs(kind) ? marked_answer("docker", ".DefaultRuntime") : std::nullopt;
  }
  return std::nullopt;
}

base::Result<void> check_engine_agrees(EngineKind kind, const RootTree& tree) {
  const auto views = views_of(kind, tree);
  if (!views) return std::unexpected(views.error());
  const auto is_ours = [](const EngineView& view) { return names_shim(view.program); };
  if (std::ranges::any_of(*views, is_ours)) return {};  // the daemon may not have read that yet
  const auto used = runtime_in_use(kind);
  if (!used) return {};
  const auto names_it = [&](const EngineView& view) {
    return view.runtime.substr(view.runtime.rfind('/') + 1) == *used;
  };
  if (std::ranges::any_of(*views, names_it)) return {};
  return base::fail(
      ErrorCode::unsupported,
      cat("it uses the runtime ", quoted(*used), " by its own words, and ",
          quoted(views->front().runtime), " by its files"),
      "name the one that is meant in its configuration file: what its command line or "
      "a variable says does not last; then restart it, and install again");
}

}  // namespace bulkhead::cli
