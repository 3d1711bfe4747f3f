// Reading and replacing whole files, the only ways in which Bulkhead touches them.
//
// Reading is bounded, refuses what is not a regular file before it can block (a fifo, a device),
// and refuses a file that changed while it was read. Writing never shows a half-written file:
// temporary file in the same directory, fsync, rename(2), fsync of the directory.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bulkhead::base {

struct FileContent {
  std::string bytes;
  struct stat status;  // as of the read: owner, mode, size, times
};

enum class FollowSymlinks { no, yes };

struct ReadOptions {
  std::size_t max_bytes = 0;  // a file larger than this is refused (not cut)
  FollowSymlinks symlinks = FollowSymlinks::no;
};

// Reads `name` relative to directory_fd (AT_FDCWD for a plain path). Errors (code io): missing,
// not a regular file, a symlink where those are not followed, too large, changed while read.
[[nodiscard]] Result<FileContent> read_file_at(int directory_fd, const std::string& name,
                                               const ReadOptions& options);

// The same on a descriptor that is already open; `described` names it in errors.
[[nodiscard]] Result<FileContent> read_open_file(const UniqueFd& file, std::string_view described,
                                                 std::size_t max_bytes);

// Whether others than root, its group and this process's user may write it.
[[nodiscard]] bool others_may_write(const struct stat& status);

// Whether nothing of that name is there, as far as can be told: where it cannot (a directory that
// may not be entered), the answer is no, and the next call says why.
[[nodiscard]] bool is_absent_at(int directory_fd, const std::string& name);

// Whether something of that name is there, a dangling symlink included.
[[nodiscard]] bool file_exists_at(int directory_fd, const std::string& name);

struct WriteOptions {
  mode_t mode = 0600;
  // Keep owner, mode and extended attributes of this file (the one that is replaced).
  std::optional<int> like_fd;
  bool durable = true;  // fsync the file and its directory; false only for what may vanish (caches)
};

// Replaces or creates `name` in directory_fd. At any instant, also after a crash, the name holds
// the old bytes or the new ones. The temporary is always ".<name>.bulkhead", held by flock while it
// is written: what a killed writer left there is reused by the next one. Errors: code io; also
// where another writer has held it for ten seconds.
[[nodiscard]] Result<void> replace_file_at(int directory_fd, const std::string& name,
                                           std::string_view bytes, const WriteOptions& options);

// Removes the temporary of `name` when its writer is gone (nobody holds its flock). Returns whether
// one was removed; not being able to is no error. For runs that find nothing to write.
bool remove_stale_temporary(int directory_fd, const std::string& name);

// mkdir -p for absolute or relative paths; existing directories are fine.
[[nodiscard]] Result<void> make_directories(const std::string& path, mode_t mode);

[[nodiscard]] Result<UniqueFd> open_directory(const std::string& path);

// Writes all bytes, retrying on EINTR and short writes. For pipes and temporaries, not for logs.
[[nodiscard]] Result<void> write_all(int fd, std::string_view bytes, std::string_view described);

// Reads a descriptor to its end (a hook's stdin), refusing more than max_bytes; what is beyond is
// still drained, so that the writer does not get SIGPIPE.
[[nodiscard]] Result<std::string> drain(int fd, std::string_view described, std::size_t max_bytes);

}  // namespace bulkhead::base
