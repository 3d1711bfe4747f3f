#include "cli/engines/engine_config_files.h"

#include <fcntl.h>
#include <glob.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

constexpr std::size_t kMaxConfigBytes = 1 << 20;
constexpr int kMaxLinks = 16;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}
std::string name_in(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// openat2(2) has no wrapper in glibc 2.36. Linux 5.6.
base::UniqueFd open_in_root(int root, const std::string& path, std::uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return base::UniqueFd(
      static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

// 0 where there is nothing.
mode_t mode_of(const base::UniqueFd& file) {
  struct stat status;
  return file.valid() && ::fstat(file.get(), &status) == 0 ? status.st_mode : 0;
}

std::optional<std::string> link_target(int directory, const std::string& name) {
  char target[4096];
  const ssize_t length = ::readlinkat(directory, name.c_str(), target, sizeof target);
  if (length < 0 || static_cast<std::size_t>(length) == sizeof target) return std::nullopt;
  return std::string(target, static_cast<std::size_t>(length));
}

// The directory above a drop-in directory; not valid for any other directory.
base::UniqueFd beside(const base::UniqueFd& directory, const std::string& path) {
  if (!directory_of(path).ends_with(".d")) return {};
  return base::UniqueFd(::openat(directory.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}
std::string staged_name(const std::string& name) { return cat(".", name, ".bulkhead-new"); }

// Written beside the directory and moved into it. False where that is another file system, or
// where nothing can be written: then nothing is left there.
bool replace_staged(const base::UniqueFd& staging, const base::UniqueFd& directory,
                    const std::string& name, const std::string& text,
                    const base::WriteOptions& options) {
  if (!staging.valid()) return false;
  const std::string staged = staged_name(name);
  if (!base::replace_file_at(staging.get(), staged, text, options)) return false;
  const bool moved = ::renameat(staging.get(), staged.c_str(), directory.get(), name.c_str()) == 0;
  if (!moved) ::unlinkat(staging.get(), staged.c_str(), 0);
  return moved && ::fsync(directory.get()) == 0;
}

}  // namespace

Result<RootTree> RootTree::open(const std::string& root) {
  const std::string path = root.empty() ? "/" : root;
  auto fd = base::open_directory(path);
  if (!fd) return std::unexpected(std::move(fd.error()));
  std::string prefix = path == "/" ? "" : path;
  while (prefix.ends_with('/')) prefix.pop_back();
  return RootTree(std::move(prefix), std::move(*fd));
}

// The directory and the last name of what the path leads to. Errno ENOENT where a directory lacks.
Result<RootTree::Place> RootTree::place_of(std::string path) const {
  for (int links = 0; links < kMaxLinks; ++links) {
    base::UniqueFd directory = open_in_root(fd_.get(), directory_of(path), O_DIRECTORY | O_PATH);
    if (!directory.valid()) return base::fail_errno(ErrorCode::io, "open", directory_of(path));
    const auto target = link_target(directory.get(), name_in(path));
    if (!target) return Place{std::move(directory), name_in(path)};
    path = target->starts_with('/') ? *target : cat(directory_of(path), '/', *target);
  }
  return base::fail(ErrorCode::io, cat("too many symbolic links at ", base::quoted(path)));
}

Result<std::optional<std::string>> RootTree::read(const std::string& path) const {
  const base::UniqueFd file = open_in_root(fd_.get(), path, O_RDONLY | O_NONBLOCK);
  if (!file.valid() && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file.valid()) return base::fail_errno(ErrorCode::io, "open", root_ + path);
  auto content = base::read_open_file(file, root_ + path, kMaxConfigBytes);
  if (!content) return std::unexpected(std::move(content.error()));
  return std::move(content->bytes);
}

std::vector<std::string> RootTree::names_in(const std::string& directory) const {
  return base::names_in(
      base::Directory(open_in_root(fd_.get(), directory, O_RDONLY | O_DIRECTORY)));
}

std::vector<std::string> RootTree::files_below(const std::string& directory) const {
  std::vector<std::string> files;
  for (const std::string& name : names_in(directory)) {
    const std::string path = cat(directory, '/', name);
    if (S_ISDIR(mode_of(open_in_root(fd_.get(), path, O_PATH | O_NOFOLLOW)))) {
      std::ranges::move(files_below(path), std::back_inserter(files));
    } else {
      files.push_back(path);
    }
  }
  return files;
}

std::vector<std::string> RootTree::matches(const std::string& pattern) const {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob((root_ + pattern).c_str(), GLOB_PERIOD, nullptr, &found) == 0) {
    for (std::size_t at = 0; at < found.gl_pathc; ++at) {
      const std::string path = std::string(found.gl_pathv[at]).substr(root_.size());
      if (!path.ends_with("/.") && !path.ends_with("/..")) paths.push_back(path);
    }
  }
  ::globfree(&found);
  return paths;
}

bool RootTree::exists(const std::string& path) const {
  return open_in_root(fd_.get(), path, O_PATH).valid();
}

bool RootTree::is_file(const std::string& path) const {
  return S_ISREG(mode_of(open_in_root(fd_.get(), path, O_PATH)));
}

bool RootTree::is_program(const std::string& path) const {
  const base::UniqueFd file = open_in_root(fd_.get(), path, O_PATH);
  return S_ISREG(mode_of(file)) && ::access(cat("/proc/self/fd/", file.get()).c_str(), X_OK) == 0;
}

std::string RootTree::final_name(const std::string& path) const {
  const auto place = place_of(path);
  return place ? place->name : name_in(path);
}

Result<void> RootTree::lock() const {
  while (::flock(fd_.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return base::fail_errno(ErrorCode::io, "lock", root_ + "/");
  }
  return {};
}

Result<void> RootTree::check_writable(const std::string& path) const {
  std::string directory = directory_of(path);
  while (directory != "/" && !exists(directory)) directory = directory_of(directory);
  auto place = place_of(exists(directory_of(path)) ? path : directory + "/.");
  if (!place) return std::unexpected(std::move(place.error()));
  const std::string through = cat("/proc/self/fd/", place->directory.get());
  if (::access(through.c_str(), W_OK) == 0) return {};
  return base::fail_errno(ErrorCode::io, "write", root_ + path,
                          "nothing was changed; run as root, on a file system that can be written");
}

Result<void> RootTree::write(const std::string& path, const std::string& text) const {
  if (!exists(directory_of(path))) {
    const auto made = base::make_directories(root_ + directory_of(path), 0755);
    if (!made) return made;
  }
  auto place = place_of(path);
  if (!place) return std::unexpected(std::move(place.error()));
  const base::UniqueFd directory(
      ::openat(place->directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const base::UniqueFd old(
      ::openat(directory.get(), place->name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  base::WriteOptions options{.mode = 0644};
  if (old.valid()) options.like_fd = old.get();
  if (replace_staged(beside(directory, path), directory, place->name, text, options)) return {};
  return base::replace_file_at(directory.get(), place->name, text, options);
}

Result<void> RootTree::remove(const std::string& path) const {
  const base::UniqueFd directory =
      open_in_root(fd_.get(), directory_of(path), O_DIRECTORY | O_RDONLY);
  if (!directory.valid()) return {};
  if (::unlinkat(directory.get(), name_in(path).c_str(), 0) != 0) {
    if (errno == ENOENT) return {};
    return base::fail_errno(ErrorCode::io, "remove", root_ + path);
  }
  if (::fsync(directory.get()) == 0) return {};
  return base::fail_errno(ErrorCode::io, "flush the directory of", root_ + path);
}

bool RootTree::remove_directory(const std::string& path) const {
  const auto place = place_of(path);
  if (!place) return errno == ENOENT;
  return ::unlinkat(place->directory.get(), place->name.c_str(), AT_REMOVEDIR) == 0 ||
         errno == ENOENT;
}

void RootTree::remove_temporaries_of(const std::string& path) const {
  const auto place = place_of(path);
  if (!place) return;
  const base::UniqueFd directory(
      ::openat(place->directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  (void)base::remove_stale_temporary(directory.get(), place->name);
  const base::UniqueFd staging = beside(directory, path);
  if (!staging.valid()) return;
  const std::string staged = staged_name(place->name);
  (void)base::remove_stale_temporary(staging.get(), staged);
  ::unlinkat(staging.get(), staged.c_str(), 0);
}

Result<void> RootTree::link(const std::string& path, const std::string& target) const {
  const base::UniqueFd directory =
      open_in_root(fd_.get(), directory_of(path), O_DIRECTORY | O_RDONLY);
  if (!directory.valid()) return base::fail_errno(ErrorCode::io, "open", root_ + path);
  const bool made = ::symlinkat(target.c_str(), directory.get(), name_in(path).c_str()) == 0;
  if (made || errno == EEXIST) return {};
  return base::fail_errno(ErrorCode::io, "link", root_ + path);
}

}  // namespace bulkhead::cli
