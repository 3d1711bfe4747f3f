#include "hook/find_config.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "kernel/tasks/proc_file.h"
#include "kernel/tasks/task_status.h"

namespace bulkhead::hook {

using base::cat;
using base::ErrorCode;
using base::quoted;
using base::Result;
using Words = std::vector<std::string_view>;

namespace {

constexpr std::string_view kBundle = "--bundle";

Words words_of(std::string_view cmdline) {
  Words words;
  while (!cmdline.empty()) {
    const std::size_t end = std::min(cmdline.find('\0'), cmdline.size());
    words.push_back(cmdline.substr(0, end));
    cmdline.remove_prefix(std::min(end + 1, cmdline.size()));
  }
  return words;
}

// crun takes beginnings of names, and values that are glued to a letter.
bool may_be_config(std::string_view word) {
  return word.starts_with("--conf") || (word.starts_with("-f") && !word.starts_with("--"));
}
bool may_be_bundle(std::string_view word) {
  return word.starts_with("--b") || (word.starts_with("-b") && !word.starts_with("--"));
}

// "--bundle=VALUE", "--bundle VALUE", "-b VALUE" and "-bVALUE"; nothing where it is another option.
std::optional<std::string_view> bundle_at(const Words& words, std::size_t at) {
  const std::string_view word = words[at];
  if (word == kBundle || word == "-b") {
    return at + 1 < words.size() ? std::optional(words[at + 1]) : std::nullopt;
  }
  if (word.starts_with(cat(kBundle, "="))) return word.substr(kBundle.size() + 1);
  return word.starts_with("--") ? std::nullopt : std::optional(word.substr(2));
}

std::unexpected<base::Error> not_told(const ContainerState& state, std::string_view why) {
  return base::fail(ErrorCode::refused,
                    cat("the container's state on stdin names the bundle ", quoted(state.bundle),
                        ", where there is no config.json, and ", why),
                    "crun does so for a container with a user namespace and a device (crun issue "
                    "2025): start it through bulkhead-shim, or without the device");
}

Result<std::string> bundle_in(const Words& words, const ContainerState& state) {
  std::optional<std::string_view> bundle;
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (may_be_config(words[at])) return not_told(state, "the runtime was told another file");
    if (!may_be_bundle(words[at])) continue;
    if (bundle) return not_told(state, "the runtime's command line names several");
    bundle = bundle_at(words, at);
    if (!bundle || !bundle->starts_with('/')) {
      return not_told(state, "the runtime's command line names none by an absolute path");
    }
  }
  if (!bundle) return not_told(state, "the runtime's command line names none");
  if (words.back() != state.id) {
    return not_told(state, "the process that called the hook runs another container");
  }
  return std::string(*bundle);
}

Result<std::string> bundle_by_runtime(const ContainerState& state, pid_t runtime,
                                      const std::string& proc_root) {
  const auto init = kernel::read_task_status(state.pid, proc_root);
  if (!init) return std::unexpected(init.error());
  if (init->parent != runtime) {
    return not_told(state, "the process that called the hook did not start the container");
  }
  const auto cmdline = kernel::read_proc_file(kernel::proc_path(proc_root, runtime, "cmdline"));
  if (!cmdline) return std::unexpected(cmdline.error());
  return bundle_in(words_of(*cmdline), state);
}

}  // namespace

Result<FoundConfig> find_config(const ContainerState& state, pid_t runtime,
                                const std::string& proc_root) {
  std::string bundle = state.bundle;
  if (!base::file_exists_at(AT_FDCWD, cat(bundle, "/config.json"))) {
    auto told = bundle_by_runtime(state, runtime, proc_root);
    if (!told) return std::unexpected(std::move(told.error()));
    bundle = *std::move(told);
  }
  auto config = oci_config::open_config(bundle);
  if (!config) return std::unexpected(std::move(config.error()));
  return FoundConfig{std::move(bundle), *std::move(config)};
}

}  // namespace bulkhead::hook
