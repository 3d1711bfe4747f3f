#include "kernel/filters/cache_upkeep.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <compare>
#include <string_view>
#include <thread>
#include <vector>

#include "base/directory.h"
#include "base/text.h"

namespace bulkhead::kernel {

namespace {

constexpr std::string_view kProgram = ".bpf";

bool wait_for_the_other(int file) {
  using std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kPause(2);
  constexpr std::chrono::seconds kMost(2);
  for (const auto end = steady_clock::now() + kMost; steady_clock::now() < end;) {
    if (::flock(file, LOCK_SH | LOCK_NB) == 0) return true;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

struct StoredProgram {
  timespec written;
  std::string key;
};

bool is_older(const StoredProgram& one, const StoredProgram& other) {
  return one.written.tv_sec != other.written.tv_sec ? one.written.tv_sec < other.written.tv_sec
                                                    : one.written.tv_nsec < other.written.tv_nsec;
}

std::vector<StoredProgram> programs_in(base::Directory& directory) {
  std::vector<StoredProgram> programs;
  while (const dirent* entry = directory.next()) {
    const std::string_view name = entry->d_name;
    struct stat status {};
    if (!name.ends_with(kProgram)) continue;
    if (::fstatat(directory.fd(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    programs.push_back({.written = status.st_mtim,
                        .key = std::string(name.substr(0, name.size() - kProgram.size()))});
  }
  return programs;
}

}  // namespace

CompileTurn::CompileTurn(int directory, const std::string& key)
    : directory_(directory), name_(base::cat('.', key, ".compiling")) {
  constexpr mode_t kOwnerOnly = 0600;
  file_.reset(
      ::openat(directory, name_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
  if (!file_.valid()) return;
  is_ours_ = ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0;
  if (!is_ours_) (void)wait_for_the_other(file_.get());
}

// Whoever waits holds the file itself; one who comes later makes another, and finds the program.
CompileTurn::~CompileTurn() {
  if (is_ours_) ::unlinkat(directory_, name_.c_str(), 0);
}

void drop_oldest_programs(const std::string& path, std::size_t most) {
  base::Directory directory(path);
  if (!directory.valid()) return;
  auto programs = programs_in(directory);
  if (programs.size() <= most) return;
  const std::size_t surplus = programs.size() - most * 3 / 4;
  std::ranges::nth_element(programs, programs.begin() + static_cast<std::ptrdiff_t>(surplus),
                           is_older);
  programs.resize(surplus);
  for (const StoredProgram& program : programs) {
    for (const std::string_view kind : {std::string_view(".accepted"), kProgram}) {
      ::unlinkat(directory.fd(), base::cat(program.key, kind).c_str(), 0);
    }
  }
}

}  // namespace bulkhead::kernel
