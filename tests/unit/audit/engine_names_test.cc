#include "audit/records/engine_names.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

namespace bulkhead::audit {
namespace {

class Root {
 public:
  Root() {
    char name[] = "/tmp/bulkhead-names-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Root() { std::filesystem::remove_all(path_); }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  void write(const std::string& file, const std::string& text) const {
    const std::filesystem::path full = path_ + file;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

policy::Identity container(policy::Engine engine, std::string id) {
  policy::Identity identity;
  identity.engine = engine;
  identity.id = std::move(id);
  return identity;
}

constexpr const char* kPodmanList =
    R"([{"id": "p1", "names": ["web"], "layer": "l"}, {"id": "p2", "names": []}, 7])";

TEST_CASE("a container has the name that Docker or Podman gives it") {
  const Root root;
  root.write("/var/lib/docker/containers/d1/config.v2.json", R"({"ID": "d1", "Name": "/db"})");
  root.write("/var/lib/containers/storage/overlay-containers/containers.json", kPodmanList);
  const EngineNames names = EngineNames::read(root.path());
  CHECK(names.of("d1") == "db");
  CHECK(names.of("p1") == "web");
  CHECK(names.of("p2").empty());
  CHECK(names.ids_of("web") == std::vector<std::string>{"p1"});
  CHECK(names.ids_of("/db").empty());
}

TEST_CASE("a node without engines, and files that are no lists, have no names") {
  const Root root;
  CHECK(EngineNames::read(root.path()).all().empty());
  root.write("/var/lib/docker/containers/d1/config.v2.json", "{");
  root.write("/var/lib/containers/storage/overlay-containers/containers.json", R"({"a": 1})");
  CHECK(EngineNames::read(root.path()).all().empty());
}

TEST_CASE("Docker's own directory is found where its daemon was told to keep it") {
  const Root root;
  root.write("/etc/docker/daemon.json", R"({"data-root": "/srv/docker"})");
  root.write("/srv/docker/containers/d1/config.v2.json", R"({"Name": "/db"})");
  CHECK(EngineNames::read(root.path()).of("d1") == "db");
}

TEST_CASE("Docker's directory is found by the mounts of a container with a record") {
  const Root root;
  root.write("/run/task/config.json", R"({"mounts": [{"source": "proc"}, {"destination": "/dev"},
    {"destination": "/etc/hostname", "source": "/srv/d/containers/d1/hostname"}]})");
  root.write("/srv/d/containers/d1/config.v2.json", R"({"Name": "/db"})");
  ContainerRecord record;
  record.identity = container(policy::Engine::docker, "d1");
  record.bundle = "/run/task";
  CHECK(EngineNames::read(root.path(), {record}).of("d1") == "db");
}

TEST_CASE("Podman's list is found beside the bundle of a container with a record") {
  const Root root;
  root.write("/srv/storage/vfs-containers/containers.json", kPodmanList);
  ContainerRecord record;
  record.identity = container(policy::Engine::podman, "p1");
  record.bundle = "/srv/storage/vfs-containers/p1/userdata";
  CHECK(EngineNames::read(root.path(), {record}).of("p1") == "web");
}

TEST_CASE("a name is read once, and Podman's list at most once a second") {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const Root root;
  const std::string list = "/var/lib/containers/storage/overlay-containers/containers.json";
  EngineNameCache cache(root.path());
  root.write("/var/lib/docker/containers/d1/config.v2.json", R"({"Name": "/db"})");
  CHECK(cache.of(container(policy::Engine::docker, "d1"), 0) == "db");
  CHECK(cache.of(container(policy::Engine::containerd, "d1x"), 0).empty());
  CHECK(cache.of(container(policy::Engine::podman, "p1"), 0).empty());
  root.write(list, kPodmanList);
  CHECK(cache.of(container(policy::Engine::podman, "p1"), kSecond / 2).empty());
  CHECK(cache.of(container(policy::Engine::podman, "p1"), kSecond) == "web");
  root.write(list, "[]");
  CHECK(cache.of(container(policy::Engine::podman, "p1"), 9 * kSecond) == "web");
  CHECK(cache.of(container(policy::Engine::docker, "../d1"), 0).empty());
}

}  // namespace
}  // namespace bulkhead::audit
