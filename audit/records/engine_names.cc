#include "audit/records/engine_names.h"

#include <fcntl.h>

#include <optional>
#include <set>
#include <utility>

#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"
#include "oci-config/json.h"

namespace bulkhead::audit {

namespace {

using base::cat;
using oci_config::JsonDocument;
using oci_config::JsonType;
using oci_config::JsonValue;

constexpr std::size_t kMaxFileBytes = 32 << 20;  // a node with thousands of containers
constexpr std::string_view kDockerRoot = "/var/lib/docker";
constexpr std::string_view kPodmanRoot = "/var/lib/containers/storage";
// The second is of a storage that does not outlive a boot.
constexpr std::string_view kPodmanLists[] = {"containers.json", "volatile-containers.json"};

std::optional<JsonDocument> document_at(const std::string& path) {
  auto content = base::read_file_at(
      AT_FDCWD, path, {.max_bytes = kMaxFileBytes, .symlinks = base::FollowSymlinks::yes});
  if (!content) return std::nullopt;
  auto document = JsonDocument::parse(std::move(content->bytes),
                                      {.described = path, .max_bytes = kMaxFileBytes});
  if (!document) return std::nullopt;
  return *std::move(document);
}

std::string text_at(const std::optional<JsonValue>& value) {
  return value && value->is(JsonType::string) ? std::string(value->string()) : std::string();
}

// ---- Docker ---------------------------------------------------------------------------

std::string docker_containers(const std::string& root) {
  const auto daemon = document_at(root + "/etc/docker/daemon.json");
  const std::string moved = daemon ? text_at(daemon->find("/data-root")) : std::string();
  return cat(root, moved.empty() ? kDockerRoot : moved, "/containers");
}

// "/web" in "Name"; empty where there is no such container.
std::string docker_name(const std::string& containers, std::string_view id) {
  const auto config = document_at(cat(containers, '/', id, "/config.v2.json"));
  std::string name = config ? text_at(config->find("/Name")) : std::string();
  if (name.starts_with('/')) name.erase(0, 1);
  return name;
}

void add_docker(const std::string& root, EngineNames& names) {
  const std::string containers = docker_containers(root);
  for (const std::string& id : base::names_in(base::Directory(containers))) {
    if (std::string name = docker_name(containers, id); !name.empty()) {
      names.add(id, std::move(name));
    }
  }
}

// Wherever its daemon keeps it: the container's own files are mounted from there.
std::string docker_directory_of(const ContainerRecord& record, const std::string& root) {
  const auto config = document_at(cat(root, record.bundle, "/config.json"));
  const auto mounts = config ? config->find("/mounts") : std::nullopt;
  if (!mounts || !mounts->is(JsonType::array)) return {};
  const std::string tail = cat('/', record.identity.id, "/hostname");
  for (auto mount = mounts->first(); mount; mount = mount->next()) {
    const std::string source = text_at(mount->child("source"));
    if (source.ends_with(tail)) return root + source.substr(0, source.size() - tail.size());
  }
  return {};
}

void add_docker_of(const ContainerRecord& record, const std::string& root, EngineNames& names) {
  const std::string& id = record.identity.id;
  if (record.identity.engine != policy::Engine::docker || !names.of(id).empty()) return;
  const std::string directory = docker_directory_of(record, root);
  std::string name = directory.empty() ? std::string() : docker_name(directory, id);
  if (!name.empty()) names.add(id, std::move(name));
}

// ---- Podman ---------------------------------------------------------------------------

// Where its lists lie: "overlay-containers", "vfs-containers", by the driver of its storage.
std::set<std::string> podman_places(const std::string& root) {
  std::set<std::string> places;
  const std::string storage = cat(root, kPodmanRoot);
  for (const std::string& entry : base::names_in(base::Directory(storage))) {
    if (entry.ends_with("-containers")) places.insert(cat(storage, '/', entry));
  }
  return places;
}

// Podman's bundles are <place>/<id>/userdata.
void add_place_of(const ContainerRecord& record, const std::string& root,
                  std::set<std::string>& places) {
  const std::string tail = cat('/', record.identity.id, "/userdata");
  if (record.identity.engine != policy::Engine::podman || !record.bundle.ends_with(tail)) return;
  places.insert(root + record.bundle.substr(0, record.bundle.size() - tail.size()));
}

void add_listed(const JsonDocument& list, EngineNames& names) {
  if (!list.root().is(JsonType::array)) return;
  for (auto one = list.root().first(); one; one = one->next()) {
    if (!one->is(JsonType::object)) continue;
    const auto called = one->member("names");
    if (!called || !called->is(JsonType::array)) continue;
    std::string name = text_at(called->first());
    std::string id = text_at(one->member("id"));
    if (!id.empty() && !name.empty()) names.add(std::move(id), std::move(name));
  }
}

void add_podman(const std::set<std::string>& places, EngineNames& names) {
  for (const std::string& place : places) {
    for (const std::string_view file : kPodmanLists) {
      if (const auto list = document_at(cat(place, '/', file))) add_listed(*list, names);
    }
  }
}

}  // namespace

EngineNames EngineNames::read(const std::string& root,
                              const std::vector<ContainerRecord>& records) {
  EngineNames names;
  add_docker(root, names);
  std::set<std::string> places = podman_places(root);
  for (const ContainerRecord& record : records) {
    add_docker_of(record, root, names);
    add_place_of(record, root, places);
  }
  add_podman(places, names);
  return names;
}

std::string EngineNames::of(std::string_view id) const {
  const auto found = names_.find(id);
  return found == names_.end() ? std::string() : found->second;
}

std::vector<std::string> EngineNames::ids_of(std::string_view name) const {
  std::vector<std::string> ids;
  for (const auto& [id, called] : names_) {
    if (called == name) ids.push_back(id);
  }
  return ids;
}

std::vector<std::string_view> EngineNames::all() const {
  std::vector<std::string_view> all;
  for (const auto& [id, name] : names_) all.push_back(name);
  return all;
}

std::string EngineNameCache::of(const policy::Identity& identity, std::uint64_t now_ns) {
  const auto known = known_.find(identity.id);
  if (known != known_.end()) return known->second;
  std::string name = look_up(identity, now_ns);
  if (name.empty()) return name;
  if (known_.size() == kMost) known_.clear();
  return known_[identity.id] = std::move(name);
}

std::string EngineNameCache::look_up(const policy::Identity& identity, std::uint64_t now_ns) {
  // An id that is no file name is none of theirs.
  if (identity.id.find('/') != std::string::npos) return {};
  if (identity.engine == policy::Engine::docker) {
    return docker_name(docker_containers(root_), identity.id);
  }
  if (identity.engine != policy::Engine::podman) return {};
  if (!read_ns_ || now_ns - *read_ns_ >= kReadAgainNs) {
    read_ns_ = now_ns;
    podman_ = EngineNames();
    add_podman(podman_places(root_), podman_);
  }
  return podman_.of(identity.id);
}

}  // namespace bulkhead::audit
