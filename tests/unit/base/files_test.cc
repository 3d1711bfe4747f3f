#include "base/files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include "base/text.h"

namespace bulkhead::base {
namespace {

namespace fs = std::filesystem;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = fs::temp_directory_path() / "bulkhead-files-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
    auto opened = open_directory(path);
    REQUIRE(opened);
    fd_ = std::move(*opened);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::string file(const std::string& name) const { return cat(path, "/", name); }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(file(name), std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path), fs::directory_iterator{}));
  }

  std::string path;

 private:
  UniqueFd fd_;
};

struct stat status_of(const std::string& path) {
  struct stat status;
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status;
}

std::string refusal(const TemporaryDirectory& directory, const std::string& name,
                    std::size_t max_bytes = 100) {
  const auto content = read_file_at(directory.fd(), name, {.max_bytes = max_bytes});
  if (content) return "read";
  CHECK(content.error().code == ErrorCode::io);
  return content.error().message;
}

// ---- reading -----------------------------------------------------------------------------------

TEST_CASE("a file is read whole, with what is known of it") {
  const TemporaryDirectory directory;
  directory.write("a", "12345");
  const auto content = read_file_at(directory.fd(), "a", {.max_bytes = 5});
  REQUIRE(content);
  CHECK(content->bytes == "12345");
  CHECK(content->status.st_size == 5);
  directory.write("empty", "");
  CHECK(read_file_at(directory.fd(), "empty", {.max_bytes = 0})->bytes.empty());
}

TEST_CASE("a file larger than the limit is refused, not cut") {
  const TemporaryDirectory directory;
  directory.write("a", "123456");
  CHECK(refusal(directory, "a", 5) == "'a' has 6 bytes, more than the limit of 5");
}

TEST_CASE("only regular files are read, and nothing that blocks") {
  const TemporaryDirectory directory;
  CHECK(refusal(directory, "none") == "cannot open 'none': No such file or directory");
  REQUIRE(::mkfifoat(directory.fd(), "fifo", 0600) == 0);
  CHECK(refusal(directory, "fifo") == "'fifo' is a fifo, not a regular file");
  fs::create_directory(directory.file("directory"));
  CHECK(refusal(directory, "directory") == "'directory' is a directory, not a regular file");
  CHECK(read_file_at(AT_FDCWD, "/dev/zero", {.max_bytes = 10}).error().message ==
        "'/dev/zero' is a character device, not a regular file");
}

TEST_CASE("a symbolic link is followed only where that is asked for") {
  const TemporaryDirectory directory;
  directory.write("a", "x");
  fs::create_symlink("a", directory.file("link"));
  fs::create_symlink("none", directory.file("dangling"));
  CHECK(refusal(directory, "link") == "'link' is a symbolic link, not a regular file");
  const ReadOptions follow{.max_bytes = 10, .symlinks = FollowSymlinks::yes};
  CHECK(read_file_at(directory.fd(), "link", follow)->bytes == "x");
  CHECK(file_exists_at(directory.fd(), "dangling"));
  CHECK_FALSE(file_exists_at(directory.fd(), "none"));
}

TEST_CASE("a file that changes while it is read is refused") {
  const TemporaryDirectory directory;
  const std::size_t size = 4 << 20;
  directory.write("a", std::string(size, 'a'));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    const UniqueFd file(::open(directory.file("a").c_str(), O_WRONLY | O_CLOEXEC));
    while (!stop) {
      if (::pwrite(file.get(), "b", 1, 0) != 1) return;
    }
  });
  std::string message = "read";
  for (int tries = 0; tries < 200 && message == "read"; ++tries) {
    message = refusal(directory, "a", size);
  }
  stop = true;
  writer.join();
  CHECK(message == "'a' changed while it was read");
}

TEST_CASE("a file of which only the inode is touched while it is read is read") {
  const TemporaryDirectory directory;
  directory.write("a", "text");
  std::atomic<bool> stop = false;
  std::thread owner([&] {
    for (mode_t mode = 0600; !stop; mode ^= 0040) {
      if (::chmod(directory.file("a").c_str(), mode) != 0) return;
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  });
  std::string message = "read";
  for (int tries = 0; tries < 5000 && message == "read"; ++tries) {
    message = refusal(directory, "a", 10);
  }
  stop = true;
  owner.join();
  CHECK(message == "read");
}

TEST_CASE(
    "a descriptor is drained to its end, and more than the limit is refused without a signal") {
  const auto drained = [](std::size_t bytes, std::size_t limit) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const UniqueFd read_end(ends[0]);
    bool wrote_all = false;
    std::thread writer([&wrote_all, write_end = UniqueFd(ends[1]), bytes] {
      wrote_all = write_all(write_end.get(), std::string(bytes, 'x'), "pipe").has_value();
    });
    auto result = drain(read_end.get(), "stdin", limit);
    writer.join();
    CHECK(wrote_all);
    return result;
  };
  CHECK(drained(200'000, 200'000)->size() == 200'000);
  CHECK(drained(200'001, 200'000).error().message == "'stdin' gave more than 200000 bytes");
}

// ---- replacing ---------------------------------------------------------------------------------

TEST_CASE("a file is created with the mode that was asked for") {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(0077);
  REQUIRE(replace_file_at(directory.fd(), "a", "x", {.mode = 0644}));
  ::umask(before);
  CHECK(directory.read("a") == "x");
  CHECK((status_of(directory.file("a")).st_mode & 07777) == 0644);
  CHECK(directory.entries() == 1);
}

TEST_CASE("a replaced file keeps owner, mode and extended attributes") {
  const TemporaryDirectory directory;
  directory.write("a", "old, and longer");
  const std::string path = directory.file("a");
  const bool is_root = ::geteuid() == 0;
  if (is_root) REQUIRE(::chown(path.c_str(), 1234, 2345) == 0);
  REQUIRE(::chmod(path.c_str(), 04751) == 0);
  const bool has_attributes = ::setxattr(path.c_str(), "user.one", "1", 1, 0) == 0;
  const UniqueFd old(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(replace_file_at(directory.fd(), "a", "new", {.mode = 0600, .like_fd = old.get()}));
  CHECK(directory.read("a") == "new");
  const struct stat status = status_of(path);
  CHECK((status.st_mode & 07777) == 04751);
  if (is_root) {
    CHECK(status.st_uid == 1234);
    CHECK(status.st_gid == 2345);
  }
  std::array<char, 8> value{};
  if (has_attributes) {
    CHECK(::getxattr(path.c_str(), "user.one", value.data(), value.size()) == 1);
  } else {
    WARN("this file system has no user attributes: keeping them is not tested");
  }
}

TEST_CASE("whoever has the old file open still reads the old bytes") {
  const TemporaryDirectory directory;
  directory.write("a", "old");
  const UniqueFd old(::open(directory.file("a").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(replace_file_at(directory.fd(), "a", "new", {}));
  std::array<char, 4> bytes{};
  CHECK(::read(old.get(), bytes.data(), bytes.size()) == 3);
  CHECK(std::string_view(bytes.data()) == "old");
}

TEST_CASE("a temporary that a killed writer left is taken over, whatever is in it") {
  const TemporaryDirectory directory;
  directory.write("a", "old");
  directory.write(".a.bulkhead", "half of something much longer than the new text");
  REQUIRE(replace_file_at(directory.fd(), "a", "new", {}));
  CHECK(directory.read("a") == "new");
  CHECK(directory.entries() == 1);
}

TEST_CASE("a link in place of the temporary is refused, and what it points to is untouched") {
  const TemporaryDirectory directory;
  directory.write("victim", "safe");
  fs::create_symlink("victim", directory.file(".a.bulkhead"));
  const auto replaced = replace_file_at(directory.fd(), "a", "new", {});
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().message ==
        "cannot create '.a.bulkhead': Too many levels of symbolic links");
  CHECK(directory.read("victim") == "safe");
}

TEST_CASE("a stale temporary is removed, one in use is not") {
  const TemporaryDirectory directory;
  CHECK_FALSE(remove_stale_temporary(directory.fd(), "a"));
  directory.write(".a.bulkhead", "half");
  {
    const UniqueFd writer(::open(directory.file(".a.bulkhead").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(::flock(writer.get(), LOCK_EX) == 0);
    CHECK_FALSE(remove_stale_temporary(directory.fd(), "a"));
    CHECK(directory.entries() == 1);
  }
  CHECK(remove_stale_temporary(directory.fd(), "a"));
  CHECK(directory.entries() == 0);
}

TEST_CASE("nothing is left when a file cannot be replaced") {
  const TemporaryDirectory directory;
  fs::create_directories(directory.file("a/b"));
  const auto replaced = replace_file_at(directory.fd(), "a", "new", {});
  REQUIRE_FALSE(replaced);
  CHECK(replaced.error().code == ErrorCode::io);
  CHECK(replaced.error().message == "cannot replace 'a': Is a directory");
  CHECK(directory.entries() == 1);
}

TEST_CASE("on a full disk the old file stays and nothing is left") {
  // /dev/full gives the error of a full disk; a file size limit gives it on a regular file.
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  if (full.valid()) {
    CHECK(write_all(full.get(), "x", "/dev/full").error().message ==
          "cannot write '/dev/full': No space left on device");
  }
  const TemporaryDirectory directory;
  directory.write("a", "old");
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit small{.rlim_cur = 10, .rlim_max = 10};
    ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &small);
    ::_exit(replace_file_at(directory.fd(), "a", "longer than ten bytes", {}) ? 1 : 0);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(directory.read("a") == "old");
  CHECK(directory.entries() == 1);
}

// ---- crashes and races -------------------------------------------------------------------------

std::string text_number(unsigned number) {
  return std::string(20'000, static_cast<char>('a' + number % 26));
}

bool is_one_text(const std::string& bytes) {
  return bytes.size() == 20'000 && bytes.find_first_not_of(bytes[0]) == std::string::npos;
}

[[noreturn]] void replace_forever(const TemporaryDirectory& directory) {
  for (unsigned i = 0;; ++i) {
    if (!replace_file_at(directory.fd(), "a", text_number(i), {.durable = false})) ::_exit(1);
  }
}

TEST_CASE("a writer killed at any instant leaves the old file or the new one") {
  const TemporaryDirectory directory;
  REQUIRE(replace_file_at(directory.fd(), "a", text_number(0), {}));
  std::mt19937 random(4);
  for (int round = 0; round < 100; ++round) {
    const pid_t child = ::fork();
    if (child == 0) replace_forever(directory);
    ::usleep(static_cast<useconds_t>(500 + random() % 3000));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(is_one_text(directory.read("a")));
  }
  remove_stale_temporary(directory.fd(), "a");
  CHECK(directory.entries() == 1);
}

TEST_CASE("many writers at once: every reader sees one of their texts whole") {
  const TemporaryDirectory directory;
  REQUIRE(replace_file_at(directory.fd(), "a", text_number(0), {}));
  std::atomic<bool> failed = false;
  std::vector<std::thread> writers;
  for (unsigned w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (unsigned i = 0; i < 50; ++i) {
        if (!replace_file_at(directory.fd(), "a", text_number(w), {.durable = false}))
          failed = true;
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    // Read through a new descriptor each time: what it holds cannot change any more.
    if (!is_one_text(directory.read("a"))) failed = true;
  }
  for (std::thread& writer : writers) writer.join();
  CHECK_FALSE(failed);
  CHECK(directory.entries() == 1);
}

// ---- directories -------------------------------------------------------------------------------

TEST_CASE("directories are made with their parents, and existing ones are fine") {
  const TemporaryDirectory directory;
  REQUIRE(make_directories(directory.file("x/y/z"), 0750));
  REQUIRE(make_directories(directory.file("x/y/z"), 0750));
  CHECK(fs::is_directory(directory.file("x/y/z")));
  directory.write("file", "");
  CHECK(make_directories(directory.file("file/x"), 0750).error().message ==
        cat("cannot create directory '", directory.file("file/x"), "': Not a directory"));
}

}  // namespace
}  // namespace bulkhead::base
