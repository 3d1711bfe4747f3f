#include "cli/engines/engine_hooks.h"

#include <array>
#include <catch2/catch.hpp>

#include "tests/unit/cli/node_tree.h"

using namespace bulkhead;
using namespace bulkhead::cli;

namespace {

constexpr const char* kShared = "/usr/share/containers/oci/hooks.d/50-bulkhead.json";
constexpr const char* kOverride = "/etc/containers/oci/hooks.d/50-bulkhead.json";

std::string hook_for(const std::string& stage) {
  return hook_json("/usr/bin/bulkhead-hook", stage);
}

// The text with one part of it replaced, where it stands last.
std::string with(std::string text, const std::string& part, const std::string& other) {
  return text.replace(text.rfind(part), part.size(), other);
}

}  // namespace

TEST_CASE("a hook that only tidies up after a container covers nothing") {
  for (const char* engine : {"crio", "podman"}) {
    CAPTURE(engine);
    const NodeTree node({engine, "bulkhead-hook"});
    node.write(kShared, hook_for("poststop"));
    CHECK(node.only_engine().coverage == Coverage::none);
    node.write(kShared, hook_for("prestart"));
    CHECK(node.only_engine().coverage == Coverage::hook);
  }
}

TEST_CASE("a hook that is not called for every container, or at another stage, covers nothing") {
  const std::string good = hook_for("createRuntime");
  const std::string always = "{ \"always\": true }";
  const NodeTree node({"crio", "bulkhead-hook"});
  for (const std::string& text :
       {with(good, always, "{ \"always\": false }"), with(good, always, "{}"),
        with(good, always, "{ \"always\": true, \"commands\": [\"^/bin/sh$\"] }"),
        with(good, always, "{ \"always\": true, \"Always\": false }"),
        with(good, "createRuntime", "poststop"), with(good, "]\n}", "],\n\"Stages\": []}"),
        with(good, "1.0.0", "0.1.0")}) {
    CAPTURE(text);
    node.write(kShared, text);
    const EngineReport report = node.report();
    CHECK(report.engines.front().coverage == Coverage::none);
    REQUIRE(report.hooks.size() == 1);
    CHECK_FALSE(report.hooks.front().fault.empty());
  }
  node.write(kShared, good);
  CHECK(node.only_engine().coverage == Coverage::hook);
}

TEST_CASE("a hook in a directory that the engine does not read covers nothing") {
  const std::string list = "hooks_dir = [\"/etc/containers/oci/hooks.d\"]\n";
  for (const auto& [engine, file, table] :
       {std::array{"crio", "/etc/crio/crio.conf", "[crio.runtime]\n"},
        std::array{"podman", "/etc/containers/containers.conf", "[engine]\n"}}) {
    CAPTURE(engine);
    const NodeTree node({engine, "bulkhead-hook"});
    node.write(kOverride, hook_for("createRuntime"));
    CHECK(node.only_engine().coverage == Coverage::none);
    node.write(file, table + list);
    CHECK(node.only_engine().coverage == Coverage::hook);
    node.write(file, table + std::string("hooks_dir = []\n"));
    node.write(kShared, hook_for("createRuntime"));
    CHECK(node.only_engine().coverage == Coverage::none);
  }
}

TEST_CASE("of two hook files of one name Podman takes the later directory's") {
  const NodeTree node({"podman", "bulkhead-hook"});
  node.write("/etc/containers/containers.conf",
             "[engine]\nhooks_dir = [\"/usr/share/containers/oci/hooks.d\", "
             "\"/etc/containers/oci/hooks.d\"]\n");
  node.write(kShared, hook_for("createRuntime"));
  CHECK(node.only_engine().coverage == Coverage::hook);
  node.write(kOverride, R"({"version": "1.0.0", "hook": {"path": "/bin/true"}})");
  CHECK(node.only_engine().coverage == Coverage::none);
}

TEST_CASE("a list of Podman's that appends keeps the directories before it") {
  const NodeTree node({"podman", "bulkhead-hook"});
  node.write(kShared, hook_for("createRuntime"));
  const std::string list = "[engine]\nhooks_dir = [\"/opt/hooks\"";
  node.write("/etc/containers/containers.conf", list + "]\n");
  CHECK(node.only_engine().coverage == Coverage::none);
  node.write("/etc/containers/containers.conf", list + ", {append=true}]\n");
  CHECK(node.only_engine().coverage == Coverage::hook);
}

TEST_CASE("a hook file of ours is in the status with what is wrong about it") {
  const NodeTree node({"podman"});
  node.write(kShared, hook_for("createRuntime"));
  const auto hooks = hooks_in(node.tree(), {kSharedHooks});
  REQUIRE(hooks.size() == 1);
  CHECK(hooks.front().stage == "createRuntime");
  CHECK(hooks.front().fault == "names a program that is missing: /usr/bin/bulkhead-hook");
  CHECK_FALSE(hooks.front().holds());
}
