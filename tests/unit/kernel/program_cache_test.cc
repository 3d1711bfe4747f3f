#include "kernel/filters/program_cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace bulkhead::kernel {
namespace {

namespace fs = std::filesystem;

class CacheDirectory {
 public:
  CacheDirectory() {
    char path[] = "/tmp/bulkhead-cache-XXXXXX";
    path_ = ::mkdtemp(path);
  }
  CacheDirectory(const CacheDirectory&) = delete;
  CacheDirectory& operator=(const CacheDirectory&) = delete;
  ~CacheDirectory() { fs::remove_all(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] fs::path program(const CachedProgram& cached) const {
    return fs::path(path_) / "programs" / (cached.key + ".bpf");
  }

 private:
  std::string path_;
};

oci_config::SeccompProfile denying(std::string name) {
  auto profile = oci_config::parse_seccomp_profile(
      R"({"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],
          "syscalls":[{"names":[")" +
          std::move(name) + R"("],"action":"SCMP_ACT_ERRNO"}]})",
      "profile");
  REQUIRE(profile);
  return *profile;
}

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void overwrite(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

CachedProgram get(const CacheDirectory& directory, const oci_config::SeccompProfile& profile) {
  auto cached = ProgramCache(directory.path()).program_for(profile);
  REQUIRE(cached);
  return *cached;
}

}  // namespace

TEST_CASE("the second time a program comes from the cache") {
  const CacheDirectory directory;
  const CachedProgram first = get(directory, denying("keyctl"));
  CHECK_FALSE(first.from_cache);
  const CachedProgram second = get(directory, denying("keyctl"));
  CHECK(second.from_cache);
  CHECK(second.program == first.program);
  CHECK(second.program_sha256 == first.program_sha256);
  CHECK(second.profile_sha256 == first.profile_sha256);
}

TEST_CASE("another profile has another key, flags do not") {
  const CacheDirectory directory;
  const CachedProgram first = get(directory, denying("keyctl"));
  CHECK(get(directory, denying("bpf")).key != first.key);
  auto with_flags = denying("keyctl");
  with_flags.flags = {"SECCOMP_FILTER_FLAG_LOG"};
  CHECK(get(directory, with_flags).from_cache);
}

TEST_CASE("a cache file that is not what it was is compiled again") {
  const CacheDirectory directory;
  const CachedProgram first = get(directory, denying("keyctl"));
  const fs::path file = directory.program(first);
  const std::string good = bytes_of(file);
  std::string bad;
  SECTION("cut") { bad = good.substr(0, good.size() - 1); }
  SECTION("empty") { bad = ""; }
  SECTION("one bit of the program flipped") { (bad = good).back() ^= 1; }
  SECTION("another magic") { (bad = good)[0] = 'X'; }
  SECTION("another key in the header") { (bad = good)[20] ^= 1; }
  SECTION("longer") { bad = good + "x"; }
  overwrite(file, bad);
  const CachedProgram again = get(directory, denying("keyctl"));
  CHECK_FALSE(again.from_cache);
  CHECK(again.program == first.program);
  CHECK(bytes_of(file) == good);
}

TEST_CASE("a cache file that others may write is not believed") {
  const CacheDirectory directory;
  const CachedProgram first = get(directory, denying("keyctl"));
  ::chmod(directory.program(first).c_str(), 0666);
  CHECK_FALSE(get(directory, denying("keyctl")).from_cache);
}

TEST_CASE("a cache file that is a link or a fifo is not followed and not waited for") {
  const CacheDirectory directory;
  const CachedProgram first = get(directory, denying("keyctl"));
  const fs::path file = directory.program(first);
  SECTION("a symbolic link") {
    fs::rename(file, file.string() + ".moved");
    fs::create_symlink(file.string() + ".moved", file);
  }
  SECTION("a fifo") {
    fs::remove(file);
    ::mkfifo(file.c_str(), 0600);
  }
  CHECK_FALSE(get(directory, denying("keyctl")).from_cache);
}

TEST_CASE("a cache that cannot be written still gives programs") {
  auto cached = ProgramCache("/proc/no-such-directory").program_for(denying("keyctl"));
  REQUIRE(cached);
  CHECK_FALSE(cached->from_cache);
  CHECK_FALSE(cached->program.empty());
}

TEST_CASE("a profile that cannot be compiled is an error, cached or not") {
  auto profile = denying("keyctl");
  profile.syscalls[0].args = {{.index = 7}};
  const CacheDirectory directory;
  CHECK_FALSE(ProgramCache(directory.path()).program_for(profile));
}

TEST_CASE("accepted stacks are remembered with their program, the oldest make room") {
  const CacheDirectory directory;
  const ProgramCache cache(directory.path());
  CachedProgram cached = get(directory, denying("keyctl"));
  for (std::size_t i = 0; i < ProgramCache::kMaxAcceptedStacks + 2; ++i) {
    cache.remember_accepted(cached, std::string(64, static_cast<char>('a' + i)));
    cached = get(directory, denying("keyctl"));
  }
  REQUIRE(cached.accepted_stacks.size() == ProgramCache::kMaxAcceptedStacks);
  CHECK(cached.accepted_stacks.front() == std::string(64, 'c'));
  cache.remember_accepted(cached, "not a digest");
  CHECK(get(directory, denying("keyctl")).accepted_stacks == cached.accepted_stacks);
}

TEST_CASE("a list of accepted stacks that was changed is not believed") {
  const CacheDirectory directory;
  CachedProgram cached = get(directory, denying("keyctl"));
  ProgramCache(directory.path()).remember_accepted(cached, std::string(64, 'a'));
  const fs::path file = fs::path(directory.path()) / "programs" / (cached.key + ".accepted");
  std::string bytes = bytes_of(file);
  bytes[0] = 'b';
  overwrite(file, bytes);
  CHECK(get(directory, denying("keyctl")).accepted_stacks.empty());
}

}  // namespace bulkhead::kernel
