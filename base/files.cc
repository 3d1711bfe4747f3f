#include "base/files.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "base/text.h"

namespace bulkhead::base {

namespace {

constexpr mode_t kPermissionBits = 07777;

std::string temporary_name(const std::string& name) { return cat(".", name, ".bulkhead"); }

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

// Replacing the file by rename(2), as people are told to, drops the link count of the version that
// is being read and so moves its ctime: that version is still whole. A writer into it moves its
// mtime.
bool same_version(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && same_time(a.st_mtim, b.st_mtim) &&
         (a.st_nlink != b.st_nlink || same_time(a.st_ctim, b.st_ctim));
}

// Only its inode was touched: it has another name, mode or owner. Or somebody wrote into it and set
// its mtime back.
bool may_be_whole(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && same_time(a.st_mtim, b.st_mtim);
}

std::string_view file_type_name(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return "a directory";
    case S_IFIFO: return "a fifo";
    case S_IFCHR: return "a character device";
    case S_IFBLK: return "a block device";
    case S_IFSOCK: return "a socket";
    case S_IFLNK: return "a symbolic link";
    default: return "not a regular file";
  }
}

// Reads up to `size` bytes from the file's beginning and tells how many there were.
Result<std::string> read_bytes(int fd, std::size_t size, std::string_view described) {
  std::string bytes;
  bytes.resize(size);
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count =
        ::pread(fd, bytes.data() + filled, size - filled, static_cast<off_t>(filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(ErrorCode::io, "read", described);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

Result<void> check_readable(const struct stat& status, std::string_view described,
                            std::size_t max_bytes) {
  // Here and below with its namespace: std::quoted(), which <chrono> brings, would be the better
  // match.
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::io, cat(base::quoted(described), " is ", file_type_name(status.st_mode),
                                   ", not a regular file"));
  }
  if (static_cast<std::size_t>(status.st_size) > max_bytes) {
    return fail(ErrorCode::io, cat(base::quoted(described), " has ", status.st_size,
                                   " bytes, more than the limit of ", max_bytes));
  }
  return {};
}

std::unexpected<base::Error> changed_meanwhile(std::string_view described) {
  return fail(ErrorCode::io, cat(base::quoted(described), " changed while it was read"),
              "replace files by rename(2), not by writing into them");
}

// Nothing where only the inode was touched meanwhile.
Result<std::optional<FileContent>> read_once(int fd, std::string_view described,
                                             std::size_t max_bytes) {
  FileContent content;
  if (::fstat(fd, &content.status) != 0) return fail_errno(ErrorCode::io, "look at", described);
  if (auto able = check_readable(content.status, described, max_bytes); !able) {
    return std::unexpected(std::move(able.error()));
  }
  const auto size = static_cast<std::size_t>(content.status.st_size);
  auto bytes = read_bytes(fd, size + 1, described);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  struct stat after;
  if (::fstat(fd, &after) != 0) return fail_errno(ErrorCode::io, "look at", described);
  if (bytes->size() != size || !may_be_whole(content.status, after)) {
    return changed_meanwhile(described);
  }
  if (!same_version(content.status, after)) return std::nullopt;
  content.bytes = std::move(*bytes);
  return content;
}

}  // namespace

// A file of which only the inode is touched is read again, and so is one that is being replaced: a
// file system may move the ctime a moment before the link count.
Result<FileContent> read_open_file(const UniqueFd& file, std::string_view described,
                                   std::size_t max_bytes) {
  constexpr int kTries = 20;
  constexpr useconds_t kPause = 200;
  for (int left = kTries; left > 0; --left) {
    auto content = read_once(file.get(), described, max_bytes);
    if (!content) return std::unexpected(std::move(content.error()));
    if (*content) return **std::move(content);
    ::usleep(kPause);
  }
  return changed_meanwhile(described);
}

Result<FileContent> read_file_at(int directory_fd, const std::string& name,
                                 const ReadOptions& options) {
  // O_NONBLOCK: opening a fifo must not wait for a writer.
  const int nofollow = options.symlinks == FollowSymlinks::no ? O_NOFOLLOW : 0;
  UniqueFd file(::openat(directory_fd, name.c_str(),
                         O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | nofollow));
  if (!file.valid()) {
    if (errno == ELOOP && nofollow != 0) {
      return fail(ErrorCode::io,
                  cat(base::quoted(name), " is a symbolic link, not a regular file"));
    }
    return fail_errno(ErrorCode::io, "open", name);
  }
  return read_open_file(file, name, options.max_bytes);
}

bool others_may_write(const struct stat& status) {
  const bool by_group = (status.st_mode & S_IWGRP) != 0 && status.st_gid != 0;
  const bool by_owner = status.st_uid != 0 && status.st_uid != ::geteuid();
  return (status.st_mode & S_IWOTH) != 0 || by_group || by_owner;
}

bool is_absent_at(int directory_fd, const std::string& name) {
  return !file_exists_at(directory_fd, name) && (errno == ENOENT || errno == ENOTDIR);
}

bool file_exists_at(int directory_fd, const std::string& name) {
  struct stat status;
  return ::fstatat(directory_fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<void> write_all(int fd, std::string_view bytes, std::string_view described) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(ErrorCode::io, "write", described);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

namespace {

constexpr std::chrono::seconds kLongestLock{10};  // a slow disk's flush of another writer's file

bool names_this_file(int directory_fd, const std::string& name, int fd) {
  struct stat by_name;
  struct stat by_fd;
  return ::fstatat(directory_fd, name.c_str(), &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
         ::fstat(fd, &by_fd) == 0 && by_name.st_dev == by_fd.st_dev &&
         by_name.st_ino == by_fd.st_ino;
}

// Opens the temporary and holds its lock. Another writer may rename it away while we wait for the
// lock; then what we hold is the finished file, and we begin again.
Result<UniqueFd> open_locked_temporary(int directory_fd, const std::string& name) {
  constexpr useconds_t kPause = 1000;
  const auto end = std::chrono::steady_clock::now() + kLongestLock;
  while (std::chrono::steady_clock::now() < end) {
    UniqueFd file(::openat(directory_fd, name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                           S_IRUSR | S_IWUSR));
    if (!file.valid()) return fail_errno(ErrorCode::io, "create", name);
    const bool locked = ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno != EWOULDBLOCK && errno != EINTR) {
      return fail_errno(ErrorCode::io, "lock", name);
    }
    if (locked && names_this_file(directory_fd, name, file.get())) return file;
    if (!locked) ::usleep(kPause);
  }
  return fail(ErrorCode::io,
              cat("another process has been writing ", base::quoted(name), " for ",
                  kLongestLock.count(), " s"),
              "end the process that holds its lock (lslocks)");
}

Result<void> copy_attribute(int from, int to, const char* attribute, const std::string& name) {
  std::string value(XATTR_SIZE_MAX, '\0');
  const ssize_t size = ::fgetxattr(from, attribute, value.data(), value.size());
  if (size < 0) return fail_errno(ErrorCode::io, cat("read attribute ", attribute, " of"), name);
  value.resize(static_cast<std::size_t>(size));
  std::string present(XATTR_SIZE_MAX, '\0');
  const ssize_t have = ::fgetxattr(to, attribute, present.data(), present.size());
  if (have >= 0 && std::string_view(present.data(), static_cast<std::size_t>(have)) == value) {
    return {};  // a security module labels new files itself and may forbid writing the label
  }
  if (::fsetxattr(to, attribute, value.data(), value.size(), 0) != 0) {
    return fail_errno(ErrorCode::io, cat("keep attribute ", attribute, " of"), name);
  }
  return {};
}

Result<void> copy_attributes(int from, int to, const std::string& name) {
  const ssize_t size = ::flistxattr(from, nullptr, 0);
  if (size == 0 || (size < 0 && errno == EOPNOTSUPP)) return {};
  if (size < 0) return fail_errno(ErrorCode::io, "list the attributes of", name);
  std::string names(static_cast<std::size_t>(size), '\0');
  const ssize_t listed = ::flistxattr(from, names.data(), names.size());
  if (listed < 0) return fail_errno(ErrorCode::io, "list the attributes of", name);
  names.resize(static_cast<std::size_t>(listed));
  for (std::size_t at = 0; at < names.size();
       at += std::string_view(names.data() + at).size() + 1) {
    if (auto copied = copy_attribute(from, to, names.data() + at, name); !copied) return copied;
  }
  return {};
}

Result<void> set_ownership(int fd, const WriteOptions& options, const std::string& name) {
  mode_t mode = options.mode;
  if (options.like_fd) {
    struct stat like;
    struct stat mine;
    if (::fstat(*options.like_fd, &like) != 0 || ::fstat(fd, &mine) != 0) {
      return fail_errno(ErrorCode::io, "look at", name);
    }
    const bool same_owner = like.st_uid == mine.st_uid && like.st_gid == mine.st_gid;
    if (!same_owner && ::fchown(fd, like.st_uid, like.st_gid) != 0) {
      return fail_errno(ErrorCode::io, "keep the owner of", name);
    }
    mode = like.st_mode & kPermissionBits;
  }
  if (::fchmod(fd, mode) != 0) return fail_errno(ErrorCode::io, "set the mode of", name);
  return options.like_fd ? copy_attributes(*options.like_fd, fd, name) : Result<void>{};
}

Result<void> write_temporary(int fd, const std::string& name, std::string_view bytes,
                             const WriteOptions& options) {
  if (::ftruncate(fd, 0) != 0) return fail_errno(ErrorCode::io, "truncate", name);
  if (auto written = write_all(fd, bytes, name); !written) return written;
  if (auto owned = set_ownership(fd, options, name); !owned) return owned;
  if (options.durable && ::fsync(fd) != 0) return fail_errno(ErrorCode::io, "flush", name);
  return {};
}

}  // namespace

Result<void> replace_file_at(int directory_fd, const std::string& name, std::string_view bytes,
                             const WriteOptions& options) {
  const std::string temporary = temporary_name(name);
  auto file = open_locked_temporary(directory_fd, temporary);
  if (!file) return std::unexpected(std::move(file.error()));
  auto written = write_temporary(file->get(), temporary, bytes, options);
  if (written && ::renameat(directory_fd, temporary.c_str(), directory_fd, name.c_str()) != 0) {
    written = fail_errno(ErrorCode::io, "replace", name);
  }
  if (!written) {
    ::unlinkat(directory_fd, temporary.c_str(), 0);
    return written;
  }
  if (options.durable && directory_fd >= 0 && ::fsync(directory_fd) != 0) {
    return fail_errno(ErrorCode::io, "flush the directory of", name);
  }
  return {};
}

bool remove_stale_temporary(int directory_fd, const std::string& name) {
  const std::string temporary = temporary_name(name);
  UniqueFd file(
      ::openat(directory_fd, temporary.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.valid() || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return false;
  return names_this_file(directory_fd, temporary, file.get()) &&
         ::unlinkat(directory_fd, temporary.c_str(), 0) == 0;
}

Result<void> make_directories(const std::string& path, mode_t mode) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string prefix = path.substr(0, slash);
    if (::mkdir(prefix.c_str(), mode) != 0 && errno != EEXIST) {
      const int why = errno;  // a read-only parent that exists is fine
      struct stat status;
      if (::stat(prefix.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        errno = why;
        return fail_errno(ErrorCode::io, "create directory", prefix);
      }
    }
    if (slash == std::string::npos) return {};
  }
}

Result<UniqueFd> open_directory(const std::string& path) {
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return fail_errno(ErrorCode::io, "open directory", path);
  return directory;
}

Result<std::string> drain(int fd, std::string_view described, std::size_t max_bytes) {
  std::string bytes;
  bool too_much = false;
  char buffer[16384];
  for (;;) {
    const ssize_t count = ::read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(ErrorCode::io, "read", described);
    if (count == 0) break;
    const auto size = static_cast<std::size_t>(count);
    too_much = too_much || bytes.size() + size > max_bytes;
    if (!too_much) bytes.append(buffer, size);
  }
  if (too_much) {
    return fail(ErrorCode::io,
                cat(base::quoted(described), " gave more than ", max_bytes, " bytes"));
  }
  return bytes;
}

}  // namespace bulkhead::base
