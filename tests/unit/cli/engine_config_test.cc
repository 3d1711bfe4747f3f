#include "cli/engines/engine_config.h"

#include <catch2/catch.hpp>

#include "cli/engines/engine_config_apply.h"
#include "tests/unit/cli/node_tree.h"

using namespace bulkhead;
using namespace bulkhead::cli;

namespace {

// With our programs and runtimes.
struct Node : NodeTree {
  Node() : NodeTree({"runc", "crun", "bulkhead-shim", "bulkhead-hook"}) {}
};

const InstallWish kWish = {.directory = "/usr/bin"};

std::string after_of(const EngineEdit& edit, std::string_view ending) {
  for (const FileEdit& file : edit.files) {
    if (file.path.ends_with(ending)) return file.after.value_or("(removed)");
  }
  return "(unchanged)";
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the configuration is the last file of every engine's installation") {
  const Node node;
  const RootTree tree = node.tree();
  for (const EngineRow& row : engine_table()) {
    CAPTURE(std::string(row.name));
    const auto edit = edit_to_install(row.kind, tree, kWish);
    REQUIRE(edit);
    REQUIRE_FALSE(edit->files.empty());
    CHECK(has(edit->files.back().after.value_or(""), "/usr/bin/bulkhead-"));
    CHECK_FALSE(has(edit->files.back().path, "hooks.d"));
  }
}

TEST_CASE("no engine but Podman is given the stage precreate") {
  const Node node;
  const RootTree tree = node.tree();
  for (const EngineRow& row : engine_table()) {
    const auto edit = edit_to_install(row.kind, tree, kWish);
    REQUIRE(edit);
    for (const FileEdit& file : edit->files) {
      const bool names_it = has(file.after.value_or(""), "precreate");
      CHECK((!names_it || file.path.starts_with("/etc/bulkhead/podman-hooks.d/")));
    }
  }
}

TEST_CASE("a runtime at a path where the shim finds another is refused") {
  const Node node;
  node.program("/usr/local/bin/crun");
  node.write("/etc/docker/daemon.json",
             R"({"default-runtime": "c", "runtimes": {"c": {"path": "/usr/bin/crun"}}})");
  const auto edit = edit_to_install(EngineKind::docker, node.tree(), kWish);
  REQUIRE_FALSE(edit);
  CHECK(edit.error().code == base::ErrorCode::unsupported);
  CHECK(has(edit.error().message, "the shim would execute '/usr/local/bin/crun'"));
}

TEST_CASE("a runtime that is one of Bulkhead's already is left as it is") {
  const Node node;
  node.program("/usr/bin/bulkhead-runc");
  node.write("/etc/containerd/config.toml", R"(version = 2
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
BinaryName = "/usr/bin/bulkhead-runc"
)");
  const auto edit = edit_to_install(EngineKind::containerd, node.tree(), kWish);
  REQUIRE(edit);
  CHECK(edit->files.empty());
}

TEST_CASE("in version 2 an import that has the plugin hides what the main file says of it") {
  const Node node;
  node.write("/etc/containerd/config.toml", R"(version = 2
imports = ["more.toml"]
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "gone"
)");
  node.write("/etc/containerd/more.toml", R"(version = 2
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "pause"
)");
  const auto edit = edit_to_install(EngineKind::containerd, node.tree(), kWish);
  REQUIRE(edit);
  CHECK(has(after_of(*edit, "/more.toml"), "containerd.runtimes.runc.options]"));
  CHECK(after_of(*edit, "/config.toml") == "(unchanged)");
}

TEST_CASE("Docker's former default is in the name of ours, and comes back") {
  const Node node;
  const std::string before =
      R"({"default-runtime": "crun", "runtimes": {"crun": {"path": "crun"}}})";
  node.write("/etc/docker/daemon.json", before);
  const RootTree tree = node.tree();
  const auto edit = edit_to_install(EngineKind::docker, tree, kWish);
  REQUIRE(edit);
  CHECK(has(after_of(*edit, "daemon.json"), R"("default-runtime": "bulkhead-crun")"));
  REQUIRE(apply_edit(tree, *edit));
  const auto back = edit_to_uninstall(EngineKind::docker, tree);
  REQUIRE(back);
  CHECK(after_of(*back, "daemon.json") == before);
}

TEST_CASE("a link that leads out of the root tree stays inside") {
  const Node node;
  node.write("/outside/daemon.json", "{}");
  std::filesystem::create_directories(node.root + "/etc/docker");
  std::filesystem::create_symlink("../../../../../../outside/daemon.json",
                                  node.root + "/etc/docker/daemon.json");
  const auto read = node.tree().read("/etc/docker/daemon.json");
  REQUIRE(read);
  CHECK(*read == "{}");
}

TEST_CASE("when one file cannot be written, those before it are put back") {
  const Node node;
  node.write("/a", "old");
  node.write("/file", "");  // not a directory
  EngineEdit edit;
  edit.files = {{"/a", "old", "new"}, {"/b", std::nullopt, "new"}, {"/file/c", std::nullopt, "c"}};
  const RootTree tree = node.tree();
  const auto done = apply_edit(tree, edit);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == base::ErrorCode::io);
  CHECK(tree.read("/a").value() == "old");
  CHECK_FALSE(tree.exists("/b"));
}

TEST_CASE("Podman is told by the key that it reads that the shim needs no control group") {
  const Node node;
  const auto edit = edit_to_install(EngineKind::podman, node.tree(), kWish);
  REQUIRE(edit);
  CHECK(has(after_of(*edit, "50-bulkhead.conf"),
            "\nruntime_supports_nocgroup = [\"crun\", \"krun\", \"bulkhead-crun\"]\n"));
}

TEST_CASE("the options that Podman gives its runtime are given to the shim") {
  const Node node;
  node.write("/etc/containers/containers.conf",
             "[engine]\nruntime = \"crun\"\n[engine.runtimes_flags]\ncrun = [\n  \"debug\",\n"
             "  \"systemd-cgroup\",\n]\nrunc = [\"root=/run/other\"]\n");
  const auto edit = edit_to_install(EngineKind::podman, node.tree(), kWish);
  REQUIRE(edit);
  const std::string text = after_of(*edit, "50-bulkhead.conf");
  CHECK(
      has(text, "[engine.runtimes_flags]\n\"bulkhead-crun\" = [\"debug\", \"systemd-cgroup\"]\n"));
  CHECK_FALSE(has(text, "/run/other"));
}

TEST_CASE("an import under another version's name is refused, not installed beside") {
  const Node node;
  node.write("/etc/containerd/config.toml", "version = 3\nimports = [\"old.toml\"]\n");
  node.write("/etc/containerd/old.toml", R"(version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "other"
)");
  const auto edit = edit_to_install(EngineKind::containerd, node.tree(), kWish);
  REQUIRE_FALSE(edit);
  CHECK(edit.error().code == base::ErrorCode::unsupported);
  CHECK(has(edit.error().message, "but the main file is of version 3"));
}
