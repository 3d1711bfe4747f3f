#include "shim/container_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "oci-config/bundle.h"

namespace bulkhead::shim {

namespace {

using base::cat;
using base::Result;
using oci_config::JsonDocument;
using oci_config::JsonType;
using oci_config::RuntimeSpec;

constexpr std::string_view kBundleLabel = "bundle=";  // runc libcontainer/specconv

std::vector<std::string> state_roots(const StateQuery& query) {
  if (!query.root.empty()) return {query.root};
  const std::string name = query.runtime_path.substr(query.runtime_path.rfind('/') + 1);
  std::vector<std::string> roots;
  const char* user_directory = std::getenv("XDG_RUNTIME_DIR");
  if (user_directory != nullptr && ::geteuid() != 0)
    roots.push_back(cat(user_directory, "/", name));
  roots.push_back(cat("/run/", name));
  return roots;
}

std::optional<std::string> find_state_directory(const StateQuery& query) {
  // An id is one path component for every runtime; anything else is theirs to refuse.
  if (query.container_id.empty() || query.container_id.find('/') != std::string::npos) return {};
  for (const std::string& root : state_roots(query)) {
    std::string directory = cat(root, "/", query.container_id);
    if (base::file_exists_at(AT_FDCWD, directory)) return directory;
  }
  return {};
}

Result<RuntimeSpec> read_config_of(const std::string& bundle) {
  auto config = oci_config::open_config(bundle);
  if (!config) return std::unexpected(std::move(config.error()));
  return oci_config::read_runtime_spec(config->document);
}

Result<std::string> bundle_of_runc_state(const std::string& path) {
  auto content = base::read_file_at(AT_FDCWD, path, {.max_bytes = oci_config::kMaxConfigBytes});
  if (!content) return std::unexpected(std::move(content.error()));
  auto state = JsonDocument::parse(std::move(content->bytes), {.described = path});
  if (!state) return std::unexpected(std::move(state.error()));
  const auto labels = state->find("/config/labels");
  for (auto label = labels ? labels->first() : std::nullopt; label; label = label->next()) {
    if (label->is(JsonType::string) && label->string().starts_with(kBundleLabel)) {
      return std::string(label->string().substr(kBundleLabel.size()));
    }
  }
  return base::fail(base::ErrorCode::invalid_input,
                    cat(base::quoted(path), " names no bundle in /config/labels"),
                    "is this a state file of runc?");
}

}  // namespace

Result<std::optional<RuntimeSpec>> read_container_spec(const StateQuery& query) {
  const auto directory = find_state_directory(query);
  if (!directory) return std::optional<RuntimeSpec>();
  std::string bundle = *directory;
  if (!base::file_exists_at(AT_FDCWD, cat(bundle, "/config.json"))) {
    auto named = bundle_of_runc_state(cat(*directory, "/state.json"));
    if (!named) return std::unexpected(std::move(named.error()));
    bundle = std::move(*named);
  }
  auto spec = read_config_of(bundle);
  if (!spec) return std::unexpected(std::move(spec.error()));
  return std::optional<RuntimeSpec>(std::move(*spec));
}

}  // namespace bulkhead::shim
