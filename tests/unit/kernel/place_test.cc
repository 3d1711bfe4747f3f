#include "kernel/gate/place.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "kernel/observe/observe.h"

namespace bulkhead::kernel {

namespace {

namespace fs = std::filesystem;

// A directory that stands for /proc.
class Proc {
 public:
  Proc() {
    char path[] = "/tmp/bulkhead-place-XXXXXX";
    root_ = ::mkdtemp(path);
  }
  Proc(const Proc&) = delete;
  Proc& operator=(const Proc&) = delete;
  ~Proc() { fs::remove_all(root_); }

  // A process in namespaces of these numbers.
  void add(pid_t process, int mnt, int user, int net, const char* directory = "/tmp") const {
    const fs::path home = root_ / std::to_string(process);
    fs::create_directories(home / "ns");
    const auto link = [&](const std::string& type, int number) {
      fs::create_symlink(type + ":[" + std::to_string(number) + "]", home / "ns" / type);
    };
    link("mnt", mnt);
    link("user", user);
    link("net", net);
    for (const char* type : {"pid", "ipc", "uts"}) link(type, 7);  // a kernel without cgroup's
    fs::create_directory_symlink(directory, home / "root");
  }
  [[nodiscard]] std::string root() const { return root_; }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("a process is at a place when every namespace and its root directory are the same") {
  const Proc proc;
  proc.add(1, 10, 20, 30);
  proc.add(2, 10, 20, 30);
  proc.add(3, 11, 20, 30);
  proc.add(4, 10, 20, 31);
  proc.add(5, 10, 20, 30, "/proc");
  const Place place = place_of(1, proc.root());
  CHECK(is_at(2, place, proc.root()));
  for (const pid_t other : {3, 4, 5}) {
    CHECK_FALSE(is_at(other, place, proc.root()));
    CHECK(is_elsewhere(other, place, proc.root()));
    CHECK(place_of(other, proc.root()) != place);
  }
  CHECK(place_of(2, proc.root()) == place);
  CHECK_FALSE(is_elsewhere(2, place, proc.root()));
}

TEST_CASE("a process that shows no namespaces is neither at a place nor elsewhere") {
  const Proc proc;
  proc.add(1, 10, 20, 30);
  const Place place = place_of(1, proc.root());
  CHECK_FALSE(is_at(2, place, proc.root()));
  CHECK_FALSE(is_elsewhere(2, place, proc.root()));
  CHECK_FALSE(share_container(2, 2, proc.root()));
  CHECK_FALSE(place_of(2, proc.root()).is_known());
}

TEST_CASE("two processes share a container whatever network they have") {
  const Proc proc;
  proc.add(1, 10, 20, 30);
  proc.add(2, 10, 20, 31);
  proc.add(3, 10, 21, 30);
  CHECK(share_container(1, 2, proc.root()));
  CHECK_FALSE(share_container(1, 3, proc.root()));
  CHECK(first_process_beside(3, proc.root()) == std::nullopt);
}

TEST_CASE("processes of one user namespace share it whatever else they are in") {
  const Proc proc;
  proc.add(1, 10, 20, 30);
  proc.add(2, 11, 20, 31);
  proc.add(3, 10, 21, 30);
  CHECK(share_user_namespace(1, 2, proc.root()));
  CHECK_FALSE(share_user_namespace(1, 3, proc.root()));
  CHECK_FALSE(share_user_namespace(4, 4, proc.root()));
}

TEST_CASE("the node's first user namespace is known by its number, others by what they map") {
  const Proc proc;
  const auto put = [&](const std::string& link, const std::string& map) {
    const fs::path self = fs::path(proc.root()) / "self";
    fs::remove_all(self);
    fs::create_directories(self / "ns");
    if (!link.empty()) fs::create_symlink(link, self / "ns" / "user");
    std::ofstream(self / "uid_map") << map;
  };
  put("user:[4026531837]", "");  // the map is not read
  CHECK_FALSE(is_in_user_namespace(proc.root()));
  put("user:[4026532201]", "         0       1000          1\n");
  CHECK(is_in_user_namespace(proc.root()));
  put("", "         0          0 4294967295\n");
  CHECK_FALSE(is_in_user_namespace(proc.root()));
}

}  // namespace bulkhead::kernel
