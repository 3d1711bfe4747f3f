#include "kernel/filters/program_cache.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "kernel/filters/cache_upkeep.h"

namespace bulkhead::kernel {
namespace {

namespace fs = std::filesystem;

// What stands for a digest: as long, and different for each number.
std::string digest_number(std::size_t number) {
  const std::string digits = std::to_string(number);
  return digits + std::string(64 - digits.size(), 'x');
}

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

TEST_CASE("of many that want the same new program one compiles it") {
  const CacheDirectory directory;
  const auto profile = denying("chroot");
  constexpr int kMany = 16;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  for (int i = 0; i < kMany; ++i) {
    if (::fork() == 0) {
      const auto cached = ProgramCache(directory.path()).program_for(profile);
      const char answer = cached ? (cached->from_cache ? 'f' : 'c') : 'e';
      ::_exit(::write(ends[1], &answer, 1) == 1 ? 0 : 1);
    }
  }
  ::close(ends[1]);
  std::string answers(kMany, '?');
  for (char& answer : answers) REQUIRE(::read(ends[0], &answer, 1) == 1);
  ::close(ends[0]);
  for (int i = 0; i < kMany; ++i) ::wait(nullptr);
  CHECK(std::ranges::count(answers, 'c') == 1);
  CHECK(std::ranges::count(answers, 'f') == kMany - 1);
  for (const auto& entry : fs::directory_iterator(fs::path(directory.path()) / "programs")) {
    CHECK(entry.path().extension() == ".bpf");  // no lock is left
  }
}

TEST_CASE("one who compiles and dies keeps nobody waiting") {
  const CacheDirectory directory;
  const auto profile = denying("chroot");
  const auto cached = get(directory, profile);
  fs::remove(directory.program(cached));
  std::ofstream(directory.program(cached).parent_path() / ("." + cached.key + ".compiling"));
  CHECK_FALSE(get(directory, profile).from_cache);
  CHECK(get(directory, profile).from_cache);
}

TEST_CASE("of too many programs the oldest make room, with what was remembered of them") {
  const CacheDirectory directory;
  const fs::path programs = fs::path(directory.path()) / "programs";
  fs::create_directories(programs);
  const auto now = fs::file_time_type::clock::now();
  for (int age = 0; age < 12; ++age) {
    for (const char* kind : {".bpf", ".accepted"}) {
      const fs::path file = programs / ("k" + std::to_string(age) + kind);
      std::ofstream(file) << "x";
      fs::last_write_time(file, now - std::chrono::hours(age));
    }
  }
  drop_oldest_programs(programs, 12);
  CHECK(std::distance(fs::directory_iterator(programs), fs::directory_iterator()) == 24);
  drop_oldest_programs(programs, 8);
  CHECK(std::distance(fs::directory_iterator(programs), fs::directory_iterator()) == 12);
  CHECK(fs::exists(programs / "k5.bpf"));
  CHECK(fs::exists(programs / "k5.accepted"));
  CHECK_FALSE(fs::exists(programs / "k6.bpf"));
  CHECK_FALSE(fs::exists(programs / "k6.accepted"));
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
    cache.remember_accepted(cached, {digest_number(i)});
    cached = get(directory, denying("keyctl"));
  }
  REQUIRE(cached.accepted_stacks.size() == ProgramCache::kMaxAcceptedStacks);
  CHECK(cached.accepted_stacks.front() == digest_number(2));
  cache.remember_accepted(cached, {"not a digest"});
  CHECK(get(directory, denying("keyctl")).accepted_stacks == cached.accepted_stacks);
}

TEST_CASE("a list of accepted stacks that was changed is not believed") {
  const CacheDirectory directory;
  CachedProgram cached = get(directory, denying("keyctl"));
  ProgramCache(directory.path()).remember_accepted(cached, {std::string(64, 'a')});
  const fs::path file = fs::path(directory.path()) / "programs" / (cached.key + ".accepted");
  std::string bytes = bytes_of(file);
  bytes[0] = 'b';
  overwrite(file, bytes);
  CHECK(get(directory, denying("keyctl")).accepted_stacks.empty());
}

}  // namespace bulkhead::kernel
