#include "cli/names/node_processes.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace bulkhead;
using namespace bulkhead::cli;

namespace {

namespace fs = std::filesystem;
using Pids = std::vector<pid_t>;

constexpr const char* kHost = "8:1 /";

// A directory that stands for /proc. Process 1 is the node's own, in the namespaces 1 and 1.
class Node {
 public:
  Node() {
    char name[] = "/tmp/bulkhead-proc-XXXXXX";
    root_ = ::mkdtemp(name);
    process(1, {.mount = 1, .pid = 1}, "/init.scope");
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node() { fs::remove_all(root_); }

  struct Place {
    int mount = 1, pid = 1;
    std::string root = kHost;  // device and directory; empty: its root is no mount
  };
  void process(pid_t pid, const Place& place, const std::string& cgroup) const {
    const fs::path directory = fs::path(root_) / std::to_string(pid);
    fs::create_directories(directory / "ns");
    fs::create_symlink("mnt:[" + std::to_string(place.mount) + "]", directory / "ns/mnt");
    fs::create_symlink("pid:[" + std::to_string(place.pid) + "]", directory / "ns/pid");
    std::ofstream(directory / "cgroup") << "0::" << cgroup << "\n";
    std::ofstream mounts(directory / "mountinfo");
    if (!place.root.empty()) mounts << "21 1 " << place.root << " / rw - ext4 /dev/vda rw\n";
    mounts << "22 21 0:5 / /proc rw - proc proc rw\n";
  }
  // proc(5): the flags are field 9, PF_KTHREAD is 0x00200000.
  void stat(pid_t pid, const std::string& flags) const {
    std::ofstream(fs::path(root_) / std::to_string(pid) / "stat")
        << pid << " (kdevtmpfs) S 2 0 0 0 -1 " << flags << " 0 0 0 0 0 0 0 0 20 0 1 0 7 0\n";
  }
  [[nodiscard]] Population with(const std::vector<audit::ContainerRecord>& records) const {
    return population_of(records, node_processes(root_));
  }
  [[nodiscard]] Pids unrecorded() const { return sorted(with({}).unrecorded); }
  static Pids sorted(Pids pids) {
    std::ranges::sort(pids);
    return pids;
  }

 private:
  std::string root_;
};

audit::ContainerRecord record(pid_t pid, std::string cgroup) {
  audit::ContainerRecord made;
  made.pid = pid;
  made.cgroup = std::move(cgroup);
  return made;
}

}  // namespace

TEST_CASE("a thread of the kernel is no container, though it has mounts of its own") {
  const Node node;
  node.process(26, {.mount = 2, .pid = 1, .root = "0:6 /"}, "/");
  node.stat(26, "2097216");
  node.process(27, {.mount = 3, .pid = 1, .root = "0:7 /"}, "/");
  node.stat(27, "4194560");
  CHECK(node.unrecorded() == Pids{27});
}

TEST_CASE("the processes of a container are those in its control group and below, its init first") {
  const Node node;
  const Node::Place inside{.mount = 2, .pid = 2};
  node.process(10, {.mount = 2, .pid = 2}, "/docker/ab");
  node.process(11, {}, "/docker/ab");                       // of the node, but put there
  node.process(12, {.mount = 3, .pid = 3}, "/docker/abc");  // a neighbour whose name begins alike
  node.process(13, inside, "/docker/ab/below");
  node.process(14, {}, "/system.slice/ssh.service");
  const Population found = node.with({record(10, "/docker/ab")});
  REQUIRE(found.of_record.size() == 1);
  CHECK(found.of_record[0].front() == 10);
  CHECK(Node::sorted(found.of_record[0]) == Pids{10, 11, 13});
  CHECK(found.unrecorded == Pids{12});
}

TEST_CASE("a process in a container's namespaces is the container's in whichever control group") {
  const Node node;
  node.process(10, {.mount = 2, .pid = 2}, "/");
  node.process(11, {.mount = 2, .pid = 2}, "/user.slice");
  node.process(12, {.mount = 3, .pid = 2}, "/user.slice");  // of a pod's other container
  const Population found = node.with({record(10, "/")});
  CHECK(found.of_record[0] == Pids{10, 11});
  CHECK(found.unrecorded == Pids{12});
}

TEST_CASE("a container without a record is found in a control group of any name") {
  const Node node;
  node.process(10, {.mount = 2, .pid = 2}, "/made/by/hand");
  node.process(11, {.mount = 3, .pid = 3}, "/");
  CHECK(node.unrecorded() == Pids{10, 11});
}

TEST_CASE("a container that shares the node's processes is found by its root file system") {
  const Node node;
  node.process(10, {.mount = 2, .pid = 1, .root = "0:50 /"}, "/kubepods/pod1/abc");
  node.process(11, {.mount = 3, .pid = 1, .root = "8:1 /var/lib/docker/vfs/dir/x"}, "/x");
  CHECK(node.unrecorded() == Pids{10, 11});
}

TEST_CASE("an engine's own process in a pod's control group is no container") {
  const Node node;
  node.process(10, {}, "/kubepods.slice/kubepods-pod1.slice/crio-conmon-abc.scope");
  node.process(11, {}, "/system.slice/docker.service");
  CHECK(node.unrecorded().empty());
}

TEST_CASE("a service with a mount namespace of its own, or in a chroot, is no container") {
  const Node node;
  node.process(10, {.mount = 5}, "/system.slice/systemd-timesyncd.service");
  node.process(11, {.mount = 5, .root = ""}, "/system.slice/postfix.service");
  node.process(12, {.root = ""}, "/system.slice/ssh.service");
  CHECK(node.unrecorded().empty());
}

TEST_CASE("a sandbox that makes new pids but no mount namespace is no container") {
  const Node node;
  node.process(10, {.mount = 1, .pid = 7}, "/user.slice");
  CHECK(node.unrecorded().empty());
}

TEST_CASE("a process that ended while the node was looked at is left out") {
  const Node node;
  CHECK(node_processes("/no/such/proc").empty());
  CHECK(node.with({record(99, "/gone")}).of_record[0] == Pids{99});  // its record tells the rest
}
