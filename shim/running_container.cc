#include "shim/running_container.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "kernel/observe/observe.h"
#include "oci-config/bundle.h"

namespace bulkhead::shim {

namespace {

using base::cat;
using base::ErrorCode;
using base::quoted;
using base::Result;
using oci_config::JsonDocument;
using oci_config::JsonType;
using oci_config::RuntimeSpec;
using Paths = std::vector<std::string>;

constexpr std::string_view kBundleLabel = "bundle=";  // runc libcontainer/specconv

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// ---- where
// ---------------------------------------------------------------------------------------

// runc main.go, rootless_linux.go: shouldHonorXDGRuntimeDir
bool runc_honours_xdg(const Caller& caller) {
  return caller.uid != 0 || (caller.in_user_namespace && caller.user != "root");
}

Paths runc_roots(const Caller& caller) {
  if (!caller.xdg_runtime_dir.empty() && runc_honours_xdg(caller)) {
    return {cat(caller.xdg_runtime_dir, "/runc")};
  }
  return {"/run/runc"};
}

// crun src/libcrun/status.c: get_run_directory
Paths crun_roots(const StateQuery& query, const Caller& caller) {
  Paths roots;
  if (!query.rootless.empty()) roots.push_back(query.rootless);
  roots.push_back(caller.xdg_runtime_dir.empty() ? "/run/crun"
                                                 : cat(caller.xdg_runtime_dir, "/crun"));
  return roots;
}

// youki crates/youki/src/rootpath.rs
Paths youki_roots(const Caller& caller) {
  if (caller.uid == 0 && !caller.in_user_namespace) return {"/run/youki"};
  Paths roots;
  if (!caller.xdg_runtime_dir.empty()) roots.push_back(cat(caller.xdg_runtime_dir, "/youki"));
  roots.push_back(cat("/run/user/", caller.uid, "/youki"));
  if (!caller.home.empty()) roots.push_back(cat(caller.home, "/.youki/run"));
  roots.push_back(cat("/tmp/youki-", caller.uid));
  return roots;
}

Paths unknown_roots(const StateQuery& query, const Caller& caller) {
  const std::string name = query.runtime_path.substr(query.runtime_path.rfind('/') + 1);
  Paths roots;
  if (!caller.xdg_runtime_dir.empty()) roots.push_back(cat(caller.xdg_runtime_dir, "/", name));
  roots.push_back(cat("/run/", name));
  return roots;
}

std::optional<std::string> find_state_directory(const StateQuery& query, const Caller& caller) {
  // An id is one path component for every runtime; anything else is theirs to refuse.
  if (query.container_id.empty() || query.container_id.find('/') != std::string::npos) return {};
  for (const std::string& root : state_roots(query, caller)) {
    std::string directory = cat(root, "/", query.container_id);
    if (base::file_exists_at(AT_FDCWD, directory)) return directory;
  }
  return {};
}

// ---- what
// ----------------------------------------------------------------------------------------

Result<JsonDocument> read_state(const std::string& path) {
  auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = oci_config::kMaxConfigBytes});
  if (!content) return std::unexpected(std::move(content.error()));
  return JsonDocument::parse(std::move(content->bytes), {.described = path});
}

std::unexpected<base::Error> names_no_bundle(const std::string& path, std::string_view where) {
  return base::fail(ErrorCode::invalid_input, cat(quoted(path), " names no bundle in ", where),
                    "is this a state file of the runtime that is asked?");
}

Paths bundle_labels(const JsonDocument& state) {
  Paths bundles;
  const auto labels = state.find("/config/labels");
  for (auto label = labels ? labels->first() : std::nullopt; label; label = label->next()) {
    if (label->is(JsonType::string) && label->string().starts_with(kBundleLabel)) {
      bundles.emplace_back(label->string().substr(kBundleLabel.size()));
    }
  }
  return bundles;
}

// runc writes the annotations as labels, and its own behind them. It takes the last for the
// container's bundle, and the first where it builds a process from the bundle.
Result<std::string> bundle_of_runc(const JsonDocument& state, const std::string& path,
                                   const StateQuery& query) {
  Paths bundles = bundle_labels(state);
  if (bundles.empty()) return names_no_bundle(path, "/config/labels");
  if (query.reads_bundle_again && bundles.front() != bundles.back()) {
    return base::fail(ErrorCode::refused,
                      cat("an annotation of the container is named 'bundle', so runc would read ",
                          quoted(bundles.front()), " in place of ", quoted(bundles.back())),
                      "give the process by --process, or create the container without it");
  }
  return std::move(bundles.back());
}

Result<std::string> bundle_of_youki(const JsonDocument& state, const std::string& path) {
  const auto bundle = state.find("/bundle");
  if (!bundle || !bundle->is(JsonType::string)) return names_no_bundle(path, "/bundle");
  return std::string(bundle->string());
}

Result<std::string> bundle_named_in(const std::string& directory, const StateQuery& query) {
  const std::string path = cat(directory, "/state.json");
  auto state = read_state(path);
  if (!state) return std::unexpected(std::move(state.error()));
  const bool youki = query.family == Family::youki ||
                     (query.family == Family::other && !state->find("/config/labels"));
  return youki ? bundle_of_youki(*state, path) : bundle_of_runc(*state, path, query);
}

bool keeps_a_copy(const std::string& directory, Family family) {
  switch (family) {
    case Family::crun: return true;
    case Family::runc:
    case Family::youki: return false;
    case Family::other: return base::file_exists_at(AT_FDCWD, cat(directory, "/config.json"));
  }
  return false;
}

}  // namespace

Caller this_caller() {
  return {.uid = ::geteuid(),
          .in_user_namespace = kernel::is_in_user_namespace(),
          .xdg_runtime_dir = from_environment("XDG_RUNTIME_DIR"),
          .home = from_environment("HOME"),
          .user = from_environment("USER")};
}

Paths state_roots(const StateQuery& query, const Caller& caller) {
  if (!query.root.empty()) return {query.root};
  switch (query.family) {
    case Family::runc: return runc_roots(caller);
    case Family::crun: return crun_roots(query, caller);
    case Family::youki: return youki_roots(caller);
    case Family::other: return unknown_roots(query, caller);
  }
  return {};
}

Result<std::optional<RuntimeSpec>> read_container_spec(const StateQuery& query,
                                                       const Caller& caller) {
  const auto directory = find_state_directory(query, caller);
  if (!directory) return std::optional<RuntimeSpec>();
  std::string bundle = *directory;
  if (!keeps_a_copy(*directory, query.family)) {
    auto named = bundle_named_in(*directory, query);
    if (!named) return std::unexpected(std::move(named.error()));
    bundle = *std::move(named);
  }
  auto config = oci_config::open_config(bundle);
  if (!config) return std::unexpected(std::move(config.error()));
  auto spec = oci_config::read_runtime_spec(config->document);
  if (!spec) return std::unexpected(std::move(spec.error()));
  return std::optional<RuntimeSpec>(std::move(*spec));
}

}  // namespace bulkhead::shim
