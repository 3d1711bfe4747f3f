// Configurations by which an engine goes around Bulkhead although a file of its names the shim.
#include <catch2/catch.hpp>

#include "tests/unit/cli/node_tree.h"

using namespace bulkhead;
using namespace bulkhead::cli;

namespace {

// Configuration of containerd 1.7 with the shim behind the handler runc.
const std::string kSection = "[plugins.\"io.containerd.grpc.v1.cri\".containerd";
const std::string kCovered = "version = 2\n" + kSection + ".runtimes.runc.options]\n" +
                             "BinaryName = \"/usr/bin/bulkhead-runc\"\n";

std::string crio_handler(const std::string& name, const std::string& program) {
  return "[crio.runtime.runtimes." + name + "]\nruntime_path = \"/usr/bin/" + program + "\"\n";
}

}  // namespace

TEST_CASE("an import that replaces the section which names the shim uncovers containerd") {
  const NodeTree node({"containerd"});
  node.write("/etc/containerd/config.toml",
             "imports = [\"/etc/containerd/conf.d/*.toml\"]\n" + kCovered);
  CHECK(node.only_engine().coverage == Coverage::shim);
  node.write("/etc/containerd/conf.d/10.toml",
             "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"pause\"\n");
  CHECK(node.only_engine().coverage == Coverage::none);
}

TEST_CASE("a default that containerd 2 alone takes from the main file uncovers containerd") {
  const NodeTree node({"containerd"});
  const std::string chosen = kSection + "]\ndefault_runtime_name = ";
  const std::string head = "version = 2\nimports = [\"more.toml\"]\n";
  node.write("/etc/containerd/more.toml", kCovered);
  node.write("/etc/containerd/config.toml", head + chosen + "\"runc\"\n");
  CHECK(node.only_engine().coverage == Coverage::shim);
  node.write("/etc/containerd/config.toml", head + chosen + "\"other\"\n");
  CHECK(node.only_engine().coverage == Coverage::optional);
}

TEST_CASE("an import of an import counts, a file of its name elsewhere does not") {
  const NodeTree node({"containerd"});
  node.write("/etc/containerd/config.toml", "version = 2\nimports = [\"a/one.toml\"]\n");
  node.write("/etc/containerd/a/one.toml", "version = 2\nimports = [\"two.toml\", \"one.toml\"]\n");
  node.write("/etc/containerd/two.toml", kCovered);
  CHECK(node.only_engine().coverage == Coverage::none);
  node.write("/etc/containerd/a/two.toml", kCovered);
  CHECK(node.only_engine().coverage == Coverage::shim);
}

TEST_CASE("a relative pattern, which containerd 1 does not take from the file, covers nothing") {
  const NodeTree node({"containerd"});
  node.write("/etc/containerd/conf.d/one.toml", kCovered);
  node.write("/etc/containerd/config.toml", "version = 2\nimports = [\"conf.d/*.toml\"]\n");
  CHECK(node.only_engine().coverage == Coverage::none);
  node.write("/etc/containerd/config.toml", "version = 2\nimports = [\"conf.d/one.toml\"]\n");
  CHECK(node.only_engine().coverage == Coverage::shim);
}

TEST_CASE("an import without a star is the file of that name") {
  const NodeTree node({"containerd"});
  node.write("/etc/containerd/config.toml", "version = 2\nimports = [\"[ab].toml\"]\n");
  node.write("/etc/containerd/a.toml", kCovered);
  CHECK(node.only_engine().coverage == Coverage::none);
  node.write("/etc/containerd/[ab].toml", kCovered);
  CHECK(node.only_engine().coverage == Coverage::shim);
}

TEST_CASE("an import that speaks of another version's plugin leaves containerd uncovered") {
  const NodeTree node({"containerd"});
  node.write("/etc/containerd/config.toml", R"(version = 3
imports = ["old.toml"]
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = "/usr/bin/bulkhead-runc"
)");
  CHECK(node.only_engine().coverage == Coverage::shim);
  node.write("/etc/containerd/old.toml",
             "version = 2\n" + kSection + "]\ndefault_runtime_name = \"other\"\n");
  const EngineState state = node.only_engine();
  CHECK(state.coverage == Coverage::none);
  CHECK(state.detail.find("old.toml' configures 'io.containerd.grpc.v1.cri'") != std::string::npos);
}

TEST_CASE("what stands inside a string of several lines configures nothing") {
  const NodeTree node({"containerd"});
  node.write("/etc/containerd/config.toml", "version = 2\nnote = '''\n" + kCovered + "'''\n");
  CHECK(node.only_engine().coverage == Coverage::none);
}

TEST_CASE("a file that is not valid covers nothing and is named with its line") {
  const NodeTree node({"containerd"});
  node.write("/etc/containerd/config.toml", kCovered + "[debug\n");
  const EngineState state = node.only_engine();
  CHECK(state.coverage == Coverage::none);
  CHECK(state.detail.find("config.toml' is not valid TOML (line 4)") != std::string::npos);
}

TEST_CASE("the shim under a type of runtime that does not read BinaryName covers nothing") {
  const NodeTree node({"containerd"});
  const std::string type = kSection + ".runtimes.runc]\nruntime_type = ";
  node.write("/etc/containerd/config.toml", kCovered + type + "\"io.containerd.runc.v2\"\n");
  CHECK(node.only_engine().coverage == Coverage::shim);
  node.write("/etc/containerd/config.toml", kCovered + type + "\"io.containerd.kata.v2\"\n");
  CHECK(node.only_engine().coverage == Coverage::none);
}

TEST_CASE("a link by the shim's name that leads to the plain runtime covers nothing") {
  const NodeTree node({"containerd", "runc", "bulkhead-shim"});
  node.write("/etc/containerd/config.toml", kCovered);
  node.link("/usr/bin/bulkhead-runc", "bulkhead-shim");
  CHECK(node.only_engine().coverage == Coverage::shim);
  node.link("/usr/bin/bulkhead-runc", "runc");
  CHECK(node.only_engine().coverage == Coverage::none);
}

TEST_CASE("a later table of a handler of CRI-O's replaces the one with the shim whole") {
  const NodeTree node({"crio"});
  node.write("/etc/crio/crio.conf", "[crio.runtime]\ndefault_runtime = \"runc\"\n" +
                                        crio_handler("runc", "bulkhead-runc"));
  CHECK(node.only_engine().coverage == Coverage::shim);
  node.write("/etc/crio/crio.conf.d/20.conf",
             "[crio.runtime.runtimes.runc]\nruntime_root = \"/run/runc\"\n");
  CHECK(node.only_engine().coverage == Coverage::none);
}

TEST_CASE("CRI-O reads every file below its directory of drop-ins") {
  for (const char* name : {"99/last", "99.", ".zz.conf"}) {
    CAPTURE(name);
    const NodeTree node({"crio"});
    node.write("/etc/crio/crio.conf.d/.50.conf", "[crio.runtime]\ndefault_runtime = \"ours\"\n" +
                                                     crio_handler("ours", "bulkhead-runc"));
    CHECK(node.only_engine().coverage == Coverage::shim);
    node.write(std::string("/etc/crio/crio.conf.d/") + name,
               "[crio.runtime]\ndefault_runtime = \"runc\"\n");
    CHECK(node.only_engine().coverage == Coverage::optional);
  }
}

TEST_CASE("CRI-O without a default of its own is covered only when runc and crun both are") {
  const NodeTree node({"crio"});
  node.write("/etc/crio/crio.conf", crio_handler("crun", "bulkhead-crun"));
  CHECK(node.only_engine().coverage == Coverage::optional);
  node.write("/etc/crio/crio.conf",
             crio_handler("crun", "bulkhead-crun") + crio_handler("runc", "bulkhead-runc"));
  CHECK(node.only_engine().coverage == Coverage::shim);
}

TEST_CASE("Podman takes the next path of a list whose first is missing") {
  const NodeTree node({"podman", "runc"});
  node.write("/etc/containers/containers.conf",
             "[engine]\nruntime = \"one\"\n[engine.runtimes]\n"
             "one = [\"/usr/bin/bulkhead-runc\", \"/usr/bin/runc\"]\n");
  CHECK(node.only_engine().coverage == Coverage::none);
  std::filesystem::create_directories(node.root + "/usr/bin/bulkhead-runc");
  CHECK(node.only_engine().coverage == Coverage::none);
  node.remove("/usr/bin/bulkhead-runc");
  node.program("/usr/bin/bulkhead-runc");
  CHECK(node.only_engine().coverage == Coverage::shim);
}

TEST_CASE("a file that only some versions of Podman read after ours uncovers it") {
  const NodeTree node({"podman", "runc", "bulkhead-runc"});
  node.write("/etc/containers/containers.conf.d/50-bulkhead.conf",
             "[engine]\nruntime = \"bulkhead-runc\"\n"
             "[engine.runtimes]\nbulkhead-runc = [\"/usr/bin/bulkhead-runc\"]\n");
  for (const std::string path : {"/root/.config/containers/containers.conf",
                                 "/root/.config/containers/containers.conf.d/60.conf",
                                 "/usr/share/containers/containers.conf.d/60.conf",
                                 "/etc/containers/containers.rootful.conf.d/60.conf"}) {
    CAPTURE(path);
    CHECK(node.only_engine().coverage == Coverage::shim);
    node.write(path, "[engine]\nruntime = \"runc\"\n");
    CHECK(node.only_engine().coverage == Coverage::optional);
    node.remove(path);
  }
}

TEST_CASE("of two drop-ins of one name Podman 6 takes the one in /etc") {
  const NodeTree node({"podman", "runc", "bulkhead-runc"});
  node.write("/usr/share/containers/containers.conf.d/10.conf", "[engine]\nruntime = \"runc\"\n");
  node.write("/etc/containers/containers.conf.d/10.conf",
             "[engine]\nruntime = \"one\"\n[engine.runtimes]\n"
             "one = [\"/usr/bin/bulkhead-runc\"]\n");
  CHECK(node.only_engine().coverage == Coverage::shim);
}
