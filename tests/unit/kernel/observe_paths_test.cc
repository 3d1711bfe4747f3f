#include "kernel/observe/observe_paths.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

namespace bulkhead::kernel {
namespace {

namespace fs = std::filesystem;
using policy::PathKind;

// A directory that stands for /proc, with a process 42 that has a root of its own.
class Container {
 public:
  Container() {
    char path[] = "/tmp/bulkhead-root-XXXXXX";
    proc_ = ::mkdtemp(path);
    fs::create_directories(root());
    fs::create_directory(proc_ / "42/cwd");
    std::ofstream(proc_ / "42/mountinfo").flush();
  }
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;
  ~Container() { fs::remove_all(proc_); }

  [[nodiscard]] fs::path root() const { return proc_ / "42/root"; }
  [[nodiscard]] PathKind masked(const std::string& path) const {
    const auto observed = observe_paths(42, {.masked = {path}}, proc_);
    if (!observed) FAIL(observed.error().sentence());
    return observed->masked.at(0).kind;
  }
  [[nodiscard]] std::string failure(const std::string& path) const {
    const auto observed = observe_paths(42, {.masked = {path}}, proc_);
    return observed ? "no failure" : observed.error().sentence();
  }

 private:
  fs::path proc_;
};

}  // namespace

TEST_CASE("what is not there is absent, also below a file") {
  const Container container;
  std::ofstream(container.root() / "file") << "x";
  CHECK(container.masked("/none") == PathKind::absent);
  CHECK(container.masked("/none/below") == PathKind::absent);
  CHECK(container.masked("/file/below") == PathKind::absent);
  CHECK(container.masked("/file") == PathKind::other);
}

TEST_CASE("links are followed, and never out of the container's root") {
  const Container container;
  std::ofstream(container.root() / "file") << "x";
  fs::create_symlink("/file", container.root() / "absolute");
  fs::create_symlink("../../../file", container.root() / "above");
  fs::create_symlink("/usr", container.root() / "of-the-host");
  fs::create_symlink("/dev/null", container.root() / "null-of-the-host");
  CHECK(container.masked("/absolute") == PathKind::other);
  CHECK(container.masked("/above") == PathKind::other);
  CHECK(container.masked("/of-the-host") == PathKind::dangling);
  CHECK(container.masked("/null-of-the-host") == PathKind::dangling);
}

TEST_CASE("an empty directory on a writable mount masks nothing") {
  const Container container;
  fs::create_directory(container.root() / "empty");
  CHECK(container.masked("/empty") == PathKind::other);
}

TEST_CASE("the null device is character device 1:3, whatever its name is") {
  const Container container;
  fs::remove(container.root());
  fs::create_directory_symlink("/", container.root());
  CHECK(container.masked("/dev/null") == PathKind::null_device);
  CHECK(container.masked("/dev/zero") == PathKind::other);
  CHECK(container.masked("/proc/mounts") == PathKind::other);
}

TEST_CASE("a magic link and a path beyond measure are failures that name the path") {
  const Container container;
  fs::remove(container.root());
  fs::create_directory_symlink("/", container.root());
  CHECK_THAT(container.failure("/proc/self/cwd"),
             Catch::Contains("cannot look inside the container at '/proc/self/cwd'"));
  CHECK_THAT(container.failure("/" + std::string(300, 'a')),
             Catch::Contains("cannot look inside the container at"));
}

TEST_CASE("paths that are to be read-only, and the root, tell their mount") {
  const Container container;
  const auto observed =
      observe_paths(42, {.read_only = {"/", "/none"}}, container.root() / "../..");
  REQUIRE(observed);
  REQUIRE(observed->read_only.size() == 2);
  CHECK_FALSE(observed->read_only[0].read_only);
  CHECK(observed->read_only[1].kind == PathKind::absent);
  CHECK_FALSE(observed->root_read_only);
}

TEST_CASE("a process that is gone has no root to look into") {
  const auto observed = observe_paths(0x3fffff0, {}, "/proc");
  REQUIRE_FALSE(observed);
  CHECK_THAT(observed.error().sentence(), Catch::Contains("look at '/proc/67108848/root'"));
}

}  // namespace bulkhead::kernel
