#include "kernel/observe/observe_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace bulkhead::kernel {
namespace {

namespace fs = std::filesystem;

std::uint64_t mount_of(const char* path) {
  struct statx file {};
  REQUIRE(::statx(AT_FDCWD, path, 0, STATX_MNT_ID, &file) == 0);
  return file.stx_mnt_id;
}

// A directory that stands for /proc, with a process 42 whose root is one of this machine's
// directories.
class Process {
 public:
  Process() {
    char path[] = "/tmp/bulkhead-cwd-XXXXXX";
    proc_ = ::mkdtemp(path);
    fs::create_directories(proc_ / "42");
    fs::create_directory_symlink("/tmp", proc_ / "42/root");
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { fs::remove_all(proc_); }

  [[nodiscard]] bool is_outside(const char* directory, const std::string& mounts) const {
    fs::remove(proc_ / "42/cwd");
    fs::create_directory_symlink(directory, proc_ / "42/cwd");
    std::ofstream(proc_ / "42/mountinfo") << mounts;
    const base::UniqueFd root(::open((proc_ / "42/root").c_str(), O_PATH));
    const auto outside = is_working_directory_outside(42, root, proc_);
    if (!outside) FAIL(outside.error().sentence());
    return *outside;
  }

 private:
  fs::path proc_;
};

}  // namespace

TEST_CASE("a working directory is the container's when its root or another mount of it has it") {
  const Process process;
  CHECK_FALSE(process.is_outside("/tmp", ""));
  const std::string id = std::to_string(mount_of("/proc"));
  CHECK_FALSE(process.is_outside("/proc", "9 1 0:1 / / rw - x x rw\n" + id + " 9 0:2 / /proc rw"));
}

TEST_CASE("a working directory on a mount that the container does not see is outside of it") {
  const Process process;
  const std::string id = std::to_string(mount_of("/proc"));
  CHECK(process.is_outside("/proc", "9 1 0:1 / / rw - x x rw\n"));
  CHECK(process.is_outside("/proc", "9 " + id + " 0:1 / / rw\n1" + id + " 9 0:2 / /x rw\n"));
}

TEST_CASE("a working directory that cannot be looked at is an error") {
  const auto outside = is_working_directory_outside(42, base::UniqueFd(), "/nowhere");
  REQUIRE_FALSE(outside);
  CHECK_THAT(outside.error().message, Catch::Contains("/nowhere/42/cwd"));
}

}  // namespace bulkhead::kernel
