#include "oci-config/bundle.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/sha256.h"
#include "base/text.h"

namespace bulkhead::oci_config {
namespace {

namespace fs = std::filesystem;
using base::cat;
using base::ErrorCode;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = fs::temp_directory_path() / "bulkhead-bundle-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return cat(path, "/", name); }
  void write(const std::string& name, std::string_view text) const {
    fs::create_directories(fs::path(file(name)).parent_path());
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
};

constexpr std::string_view kProfile = R"({"defaultAction":"SCMP_ACT_ERRNO"})";

std::string config_refusal(const std::string& bundle) {
  const auto opened = open_config(bundle);
  if (opened) return "accepted";
  return cat(base::name_of(opened.error().code), " ", opened.error().message);
}

TEST_CASE("a bundle's config.json is opened and read") {
  const TemporaryDirectory bundle;
  bundle.write("config.json", "{\"a\":1}");
  const auto opened = open_config(bundle.path);
  REQUIRE(opened);
  CHECK(opened->document.find("/a")->raw() == "1");
  CHECK(opened->document.described() == "config.json");
  CHECK(opened->path == bundle.file("config.json"));
}

TEST_CASE("what is no config.json is refused, naming the path") {
  const TemporaryDirectory bundle;
  const std::string path = bundle.file("config.json");
  CHECK(config_refusal(bundle.file("none")) ==
        cat("io cannot open the bundle '", bundle.file("none"), "': No such file or directory"));
  CHECK(config_refusal(bundle.path) ==
        cat("io cannot open '", path, "': No such file or directory"));

  fs::create_symlink("elsewhere", path);
  CHECK(config_refusal(bundle.path) ==
        cat("io '", path, "' is a symbolic link, not a regular file"));
  fs::remove(path);
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(config_refusal(bundle.path) == cat("io '", path, "' is a fifo, not a regular file"));
  fs::remove(path);
  fs::create_directory(path);
  CHECK(config_refusal(bundle.path) == cat("io '", path, "' is a directory, not a regular file"));
  fs::remove(path);
  bundle.write("config.json", "{\"a\":\n");
  CHECK(config_refusal(bundle.path) ==
        "invalid-input config.json: /a (line 2): the document ends before it is complete");
  REQUIRE(::truncate(path.c_str(), 100'000'000) == 0);
  CHECK(config_refusal(bundle.path) ==
        cat("io '", path, "' has 100000000 bytes, more than the limit of 8388608"));
}

TEST_CASE("a process.json is opened by its path, with or without a directory") {
  const TemporaryDirectory directory;
  directory.write("process.json", "{}");
  CHECK(open_process(directory.file("process.json"))->name == "process.json");
  const fs::path before = fs::current_path();
  fs::current_path(directory.path);
  CHECK(open_process("process.json"));
  fs::current_path(before);
  CHECK(open_process(directory.file("none/process.json")).error().message ==
        cat("cannot open directory '", directory.file("none"), "': No such file or directory"));
}

TEST_CASE("a replaced config.json keeps owner, mode and attributes and leaves nothing beside it") {
  const TemporaryDirectory bundle;
  bundle.write("config.json", "{}");
  const std::string path = bundle.file("config.json");
  REQUIRE(::chmod(path.c_str(), 0640) == 0);
  const bool has_attributes = ::setxattr(path.c_str(), "user.bulkhead", "x", 1, 0) == 0;
  const auto opened = open_config(bundle.path);
  REQUIRE(opened);
  REQUIRE(replace_document(*opened, "{\"a\":1}"));
  CHECK(bundle.read("config.json") == "{\"a\":1}");
  CHECK(bundle.entries() == 1);
  struct stat status;
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  char value = 0;
  if (has_attributes) {
    CHECK(::getxattr(path.c_str(), "user.bulkhead", &value, 1) == 1);
    CHECK(value == 'x');
  } else {
    WARN("this file system has no user attributes: keeping them is not tested");
  }
}

TEST_CASE("the same text is not written again, but what a killed run left is removed") {
  const TemporaryDirectory bundle;
  bundle.write("config.json", "{}");
  bundle.write(".config.json.bulkhead", "half");
  struct stat before;
  REQUIRE(::stat(bundle.file("config.json").c_str(), &before) == 0);
  const auto opened = open_config(bundle.path);
  REQUIRE(opened);
  REQUIRE(replace_document(*opened, "{}"));
  struct stat after;
  REQUIRE(::stat(bundle.file("config.json").c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  CHECK(bundle.entries() == 1);
}

std::string profile_refusal(const std::vector<std::string>& roots, const std::string& relative) {
  const auto loaded = load_profile_below(roots, relative);
  if (loaded) return "accepted";
  return cat(base::name_of(loaded.error().code), " ", loaded.error().message);
}

TEST_CASE("a profile is read from the first root that has it") {
  const TemporaryDirectory one;
  const TemporaryDirectory two;
  two.write("p/a.json", kProfile);
  const auto loaded = load_profile_below({one.path, cat(one.path, "/none"), two.path}, "p/a.json");
  REQUIRE(loaded);
  CHECK(loaded->path == two.file("p/a.json"));
  CHECK(loaded->sha256 == base::sha256_hex(kProfile));
  CHECK(loaded->profile.default_action.action == SeccompAction::return_errno);
}

TEST_CASE("links below a root are followed, as ConfigMap volumes need it, but never out of it") {
  const TemporaryDirectory root;
  root.write("..2024/a.json", kProfile);
  fs::create_directory_symlink("..2024", root.file("..data"));
  fs::create_symlink("..data/a.json", root.file("a.json"));
  CHECK(load_profile_below({root.path}, "a.json"));

  fs::create_symlink(root.file("..2024/a.json"), root.file("absolute.json"));
  fs::create_symlink("../outside.json", root.file("up.json"));
  for (const std::string name : {"absolute.json", "up.json"}) {
    CHECK(profile_refusal({root.path}, name) ==
          cat("io '", root.file(name), "' leads out of the profile root '", root.path, "'"));
  }
  CHECK(profile_refusal({root.path}, "../x.json") ==
        cat("io '", root.path, "/../x.json' leads out of the profile root '", root.path, "'"));
  fs::create_symlink("loop.json", root.file("loop.json"));
  CHECK(profile_refusal({root.path}, "loop.json") ==
        cat("io '", root.file("loop.json"), "' goes through too many or magic links"));
  fs::create_symlink("/proc/self/fd/0", root.file("magic.json"));
  CHECK_THAT(profile_refusal({root.path}, "magic.json"), Catch::Contains("leads out of"));
}

TEST_CASE("a profile that no root has names all roots and says what to do") {
  const TemporaryDirectory one;
  const auto loaded = load_profile_below({one.path, "/nonexistent"}, "a.json");
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == ErrorCode::io);
  CHECK(
      loaded.error().sentence() ==
      cat("there is no seccomp profile 'a.json' below '", one.path,
          "', '/nonexistent'; put the profile there on this node, or refer to one that is there"));
  CHECK(profile_refusal({}, "a.json") ==
        "io there is no seccomp profile 'a.json' below any profile root: none is set");
}

TEST_CASE("what is no profile file is refused") {
  const TemporaryDirectory root;
  fs::create_directory(root.file("directory"));
  CHECK(profile_refusal({root.path}, "directory") ==
        cat("io '", root.file("directory"), "' is a directory, not a regular file"));
  REQUIRE(::mkfifo(root.file("fifo").c_str(), 0600) == 0);
  CHECK(profile_refusal({root.path}, "fifo") ==
        cat("io '", root.file("fifo"), "' is a fifo, not a regular file"));
  root.write("large.json", std::string(kMaxProfileBytes + 1, ' '));
  CHECK(
      profile_refusal({root.path}, "large.json") ==
      cat("io '", root.file("large.json"), "' has 1048577 bytes, more than the limit of 1048576"));
  root.write("resource.json", R"({"apiVersion":"v1","kind":"SeccompProfile"})");
  CHECK_THAT(profile_refusal({root.path}, "resource.json"),
             Catch::StartsWith(cat("invalid-input ", root.file("resource.json"),
                                   " (line 1): is a Kubernetes object of kind 'SeccompProfile'")));
}

}  // namespace
}  // namespace bulkhead::oci_config
