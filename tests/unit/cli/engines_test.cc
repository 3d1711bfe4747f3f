#include "cli/engines/engines.h"

#include <catch2/catch.hpp>

#include "cli/status/node_status.h"
#include "tests/unit/cli/node_tree.h"

using namespace bulkhead;
using namespace bulkhead::cli;

namespace {

constexpr const char* kHook = R"({"version": "1.0.0",
  "hook": {"path": "/usr/bin/bulkhead-hook", "args": ["bulkhead-hook", "createRuntime"]},
  "when": {"always": true}, "stages": ["createRuntime"]})";

bool mentions(const std::vector<std::string>& sentences, const std::string& part) {
  for (const std::string& sentence : sentences) {
    if (sentence.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a node without engines has none") {
  const NodeTree node;
  CHECK(node.report().engines.empty());
}

TEST_CASE("containerd with the shim as its default runtime is covered") {
  const NodeTree node;
  node.program("/usr/bin/containerd");
  node.write("/etc/containerd/config.toml", R"(version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "runc"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  BinaryName = "/usr/bin/bulkhead-runc"
)");
  const EngineState state = node.only_engine();
  CHECK(state.name == "containerd");
  CHECK(state.coverage == Coverage::shim);
}

TEST_CASE("containerd with the shim in a file that it imports is covered") {
  const NodeTree node;
  node.program("/usr/bin/containerd");
  node.write("/etc/containerd/config.toml",
             "version = 2\nimports = [\"/etc/containerd/conf.d/*.toml\", \"more.toml\"]\n");
  node.write("/etc/containerd/conf.d/99-nvidia.toml", R"(version = 2
[plugins."io.containerd.grpc.v1.cri".containerd]
  default_runtime_name = "nvidia"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia.options]
  BinaryName = "/usr/bin/bulkhead-nvidia-container-runtime"
)");
  const EngineState state = node.only_engine();
  CHECK(state.coverage == Coverage::shim);
  CHECK(state.detail.ends_with("/etc/containerd/conf.d/99-nvidia.toml)"));
}

TEST_CASE("containerd with the shim as one runtime among others is not covered by default") {
  const NodeTree node;
  node.program("/usr/bin/containerd");
  node.write("/etc/containerd/config.toml",
             "version = 3\n"
             "[plugins.\"io.containerd.cri.v1.runtime\".containerd.runtimes.confined.options]\n"
             "BinaryName = \"/usr/bin/bulkhead-shim\"\n");
  const EngineState state = node.only_engine();
  CHECK(state.coverage == Coverage::optional);
  CHECK(state.detail.find("'confined'") != std::string::npos);
}

TEST_CASE("containerd as packaged is not covered, and the node is told so") {
  const NodeTree node;
  node.program("/usr/bin/containerd");
  const EngineState state = node.only_engine();
  CHECK(state.coverage == Coverage::none);
  CHECK(state.detail == "default runtime is 'runc'");
}

TEST_CASE("CRI-O with the hook is covered but for exec and pause containers") {
  const NodeTree node;
  node.program("/usr/bin/crio");
  node.program("/usr/bin/bulkhead-hook");
  node.write("/usr/share/containers/oci/hooks.d/50-bulkhead.json", kHook);
  NodeStatus status;
  status.engines = node.report();
  REQUIRE(status.engines.engines.size() == 1);
  CHECK(status.engines.engines.front().coverage == Coverage::hook);
  CHECK(mentions(not_covered(status), "no hook runs for exec"));
  CHECK(mentions(not_covered(status), "pause containers"));
}

TEST_CASE("a hook file whose program is missing covers nothing and is told") {
  const NodeTree node;
  node.program("/usr/bin/podman");
  node.write("/usr/share/containers/oci/hooks.d/50-bulkhead.json", kHook);
  const EngineReport report = node.report();
  REQUIRE(report.engines.size() == 1);
  CHECK(report.engines.front().coverage == Coverage::none);
  REQUIRE(report.hooks.size() == 1);
  CHECK(report.hooks.front().fault == "names a program that is missing: /usr/bin/bulkhead-hook");
}

TEST_CASE("somebody else's hook is not ours") {
  const NodeTree node;
  node.program("/usr/bin/podman");
  node.program("/usr/bin/other-hook");
  node.write("/usr/share/containers/oci/hooks.d/other.json",
             R"({"hook": {"path": "/usr/bin/other-hook"}})");
  node.write("/usr/share/containers/oci/hooks.d/broken.json", "{");
  CHECK(node.report().hooks.empty());
}

TEST_CASE("a drop-in of CRI-O replaces what the main file says") {
  const NodeTree node;
  node.program("/usr/bin/crio");
  node.write("/etc/crio/crio.conf", "[crio.runtime]\ndefault_runtime = \"runc\"\n");
  node.write("/etc/crio/crio.conf.d/50-bulkhead.conf",
             "[crio.runtime]\ndefault_runtime = \"bulkhead\"\n"
             "[crio.runtime.runtimes.bulkhead]\nruntime_path = \"/usr/bin/bulkhead-runc\"\n");
  CHECK(node.only_engine().coverage == Coverage::shim);
}

TEST_CASE("Podman finds the shim by the list of paths of its runtime") {
  const NodeTree node;
  node.program("/usr/bin/podman");
  node.program("/usr/bin/bulkhead-crun");
  node.write("/etc/containers/containers.conf.d/50-bulkhead.conf",
             "[engine]\nruntime = \"confined\"\n[engine.runtimes]\n"
             "confined = [\n  \"/usr/bin/bulkhead-crun\",\n]\n");
  CHECK(node.only_engine().coverage == Coverage::shim);
}

TEST_CASE("Docker is covered by its default runtime only") {
  const NodeTree node;
  node.program("/usr/bin/dockerd");
  node.write("/etc/docker/daemon.json",
             R"({"runtimes": {"bulkhead": {"path": "/usr/bin/bulkhead-runc"}}})");
  CHECK(node.only_engine().coverage == Coverage::optional);
  node.write("/etc/docker/daemon.json", R"({"default-runtime": "bulkhead",
    "runtimes": {"bulkhead": {"path": "/usr/bin/bulkhead-runc"}}})");
  CHECK(node.only_engine().coverage == Coverage::shim);
  node.write("/etc/docker/daemon.json", "{");
  CHECK(node.only_engine().coverage == Coverage::none);
}

TEST_CASE("a node that only observes or does not prove is told so") {
  NodeStatus status;
  status.policy = policy::built_in_policy();
  status.policy->mode.value = policy::Mode::observe;
  status.policy->prove.value = policy::Prove::never;
  CHECK(mentions(not_covered(status), "Mode observe changes and refuses nothing"));
  CHECK(mentions(not_covered(status), "asks for no proof"));
}

TEST_CASE("a runtime that the policy trusts unproved is told, with the owner's words") {
  NodeStatus status;
  status.policy = policy::built_in_policy();
  CHECK_FALSE(mentions(not_covered(status), "which the policy trusts"));
  status.policy->runtimes_trusted_unproved.value = {
      {.runtime = "runsc", .because = "gVisor confines"}};
  CHECK(mentions(
      not_covered(status),
      "Nothing is proved of containers under runsc, which the policy trusts: gVisor confines."));
}

TEST_CASE("what keeps the gate from proving is red in the status") {
  NodeStatus status;
  status.ptrace_scope = 3;
  bool found = false;
  for (const StatusLine& line : status_lines(status)) {
    if (line.subject != "proof") continue;
    found = true;
    CHECK(line.light == Light::bad);
    CHECK(line.text.find("ptrace_scope is 3") != std::string::npos);
  }
  CHECK(found);
}

TEST_CASE("a status asked for in a container does not take its own filter for the engine's") {
  const auto proof_of = [](const NodeStatus& node) {
    for (const StatusLine& line : status_lines(node)) {
      if (line.subject == "proof") return line;
    }
    return StatusLine{};
  };
  NodeStatus status;
  status.filtered_itself = true;
  status.dump_problem = "the kernel shows no filters to a process that is itself under one";
  CHECK(proof_of(status).light == Light::note);
  CHECK(proof_of(status).text.starts_with("not asked: this command is itself under a"));
  status.ptrace_scope = 3;
  CHECK(proof_of(status).light == Light::bad);
  status = NodeStatus{};
  status.dump_problem = "in a user namespace";
  CHECK(proof_of(status).light == Light::bad);
}
