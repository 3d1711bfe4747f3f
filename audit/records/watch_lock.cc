#include "audit/records/watch_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/files.h"

namespace bulkhead::audit {

using base::ErrorCode;
using base::UniqueFd;

namespace {

constexpr int kAttempts = 10;
constexpr unsigned kPauseMicroseconds = 20'000;

std::string lock_path(const base::Paths& paths) { return paths.state + "/watch.lock"; }

}  // namespace

base::Result<UniqueFd> lock_watch(const base::Paths& paths) {
  constexpr mode_t kDirectoryMode = 0755;
  constexpr mode_t kLockMode = 0600;
  if (auto made = base::make_directories(paths.state, kDirectoryMode); !made) {
    return std::unexpected(std::move(made.error()));
  }
  const std::string path = lock_path(paths);
  UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kLockMode));
  if (!lock.valid()) return base::fail_errno(ErrorCode::io, "open", path);
  // Whoever asks is_watched() holds it for an instant.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK) break;
    ::usleep(kPauseMicroseconds);
  }
  if (errno != EWOULDBLOCK) return base::fail_errno(ErrorCode::io, "lock", path);
  return base::fail(ErrorCode::refused, "another `bulkhead watch` runs on this node",
                    "end it first, or read what it writes: `bulkhead denials --follow`");
}

bool is_watched(const base::Paths& paths) {
  const UniqueFd lock(::open(lock_path(paths).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  return lock.valid() && ::flock(lock.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

std::string ended_records_directory(const base::Paths& paths) { return paths.state + "/ended"; }

bool hand_to_watcher(const base::Paths& paths, const std::string& record_path,
                     const std::string& name) {
  if (!is_watched(paths)) return false;
  const std::string target = ended_records_directory(paths) + '/' + name;
  return ::rename(record_path.c_str(), target.c_str()) == 0;
}

}  // namespace bulkhead::audit
