#include "cli/engines/engine_promises.h"

#include <catch2/catch.hpp>

#include "cli/engines/engine_config_apply.h"
#include "tests/unit/cli/node_tree.h"

using namespace bulkhead;
using namespace bulkhead::cli;

namespace {

// A node on which Bulkhead was installed for one engine.
struct Installed : NodeTree {
  Installed(const std::string& engine, EngineKind kind, const std::string& runtime_class = {})
      : NodeTree({engine, "runc", "bulkhead-shim", "bulkhead-hook"}) {
    link("/usr/bin/bulkhead-runc", "bulkhead-shim");
    const InstallWish wish{.directory = "/usr/bin", .runtime_class = runtime_class};
    const auto edit = edit_to_install(kind, tree(), wish);
    REQUIRE(edit);
    REQUIRE(apply_edit(tree(), *edit));
    REQUIRE(remember_promise(tree(), {kind, runtime_class, PromiseStage::kept}));
  }
  [[nodiscard]] std::vector<std::string> broken() const {
    return broken_promises(tree(), "/usr/bin");
  }
};

}  // namespace

TEST_CASE("what was installed is promised, and holds") {
  CHECK(Installed("crio", EngineKind::crio).broken().empty());
  CHECK(Installed("podman", EngineKind::podman).broken().empty());
  CHECK(Installed("dockerd", EngineKind::docker).broken().empty());
  CHECK(Installed("containerd", EngineKind::containerd).broken().empty());
  CHECK(Installed("containerd", EngineKind::containerd, "confined").broken().empty());
}

TEST_CASE("a promise is broken by a file that an installation does not touch") {
  const Installed node("podman", EngineKind::podman);
  node.write("/root/.config/containers/containers.conf", "[engine]\nruntime = \"runc\"\n");
  CHECK(node.broken() ==
        std::vector<std::string>{
            "podman: its containers go around the shim: hook, default runtime is 'runc' "
            "(/root/.config/containers/containers.conf), Bulkhead's is 'bulkhead-runc', "
            "hook /usr/share/containers/oci/hooks.d/50-bulkhead.json"});
}

TEST_CASE("a promise is broken by a link of the shim's that leads to the plain runtime") {
  const Installed node("containerd", EngineKind::containerd);
  node.link("/usr/bin/bulkhead-runc", "runc");
  CHECK(node.broken() == std::vector<std::string>{
                             "containerd: its containers go around the shim: not covered, default "
                             "runtime is 'runc' (/etc/containerd/config.toml)"});
}

TEST_CASE("a promise is broken when a file of it is changed or the shim is gone, each told once") {
  const Installed node("crio", EngineKind::crio);
  node.remove("/usr/bin/bulkhead-runc");
  CHECK(node.broken() == std::vector<std::string>{"crio: /usr/bin/bulkhead-runc is gone"});
  node.write("/etc/crio/crio.conf.d/50-bulkhead.conf", "");
  REQUIRE(node.broken().size() == 2);
  CHECK(node.broken().front().starts_with("crio: /etc/crio/crio.conf.d/50-bulkhead.conf was "));
}
