#include "kernel/observe/observe_paths.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/observe/observe_directory.h"
#include "kernel/tasks/proc_file.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail_errno;
using base::Result;
using base::UniqueFd;
using policy::ObservedPath;
using policy::PathKind;

namespace {

// The kernel gives up on a name with ".." while anything on the machine is renamed or mounted.
constexpr int kTries = 64;

UniqueFd open_below(const UniqueFd& root, const std::string& path, std::uint64_t resolve) {
  open_how how = {};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve;
  for (int left = kTries; left > 0; --left) {
    const long fd = ::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) return UniqueFd(static_cast<int>(fd));
  }
  return {};
}

bool is_not_there(int error_number) { return error_number == ENOENT || error_number == ENOTDIR; }

// What is found at a path, or why nothing is: no such name, or a link on its way that leads to
// nothing. Neither: errno says why.
struct Lookup {
  UniqueFd found;
  std::optional<PathKind> missing;
};

// Nearly no path has a link on its way, so one look tells.
Lookup look_up(const UniqueFd& root, const std::string& path) {
  UniqueFd direct = open_below(root, path, RESOLVE_NO_SYMLINKS);
  if (direct.valid()) return {std::move(direct), std::nullopt};
  if (is_not_there(errno)) return {{}, PathKind::absent};
  UniqueFd through_links = open_below(root, path, 0);
  if (through_links.valid() || !is_not_there(errno))
    return {std::move(through_links), std::nullopt};
  return {{}, PathKind::dangling};
}

bool is_kernel_file_system(const struct statfs& place) {
  return place.f_type == PROC_SUPER_MAGIC || place.f_type == SYSFS_MAGIC;
}

struct KernelEntry {  // linux_dirent64 of getdents64(2)
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
  char name[1];
};

// True when there is nothing but "." and "..".
Result<bool> is_empty(const UniqueFd& directory) {
  const UniqueFd open(::openat(directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  alignas(KernelEntry) char entries[512];
  long filled = 0;
  while (open.valid() &&
         (filled = ::syscall(SYS_getdents64, open.get(), entries, sizeof entries)) > 0) {
    for (long at = 0; at < filled;) {
      const auto* entry = reinterpret_cast<const KernelEntry*>(entries + at);
      const std::string_view name(entry->name);
      if (name != "." && name != "..") return false;
      at += entry->length;
    }
  }
  if (!open.valid() || filled < 0) return fail_errno(ErrorCode::kernel, "list", "a directory");
  return true;
}

Result<PathKind> kind_of(const UniqueFd& found, const struct statfs& place) {
  struct stat file = {};
  if (::fstat(found.get(), &file) != 0) return fail_errno(ErrorCode::kernel, "look at", "it");
  if (S_ISCHR(file.st_mode) && file.st_rdev == makedev(1, 3)) return PathKind::null_device;
  const bool may_mask =
      S_ISDIR(file.st_mode) && (place.f_flags & ST_RDONLY) != 0 && !is_kernel_file_system(place);
  if (!may_mask) return PathKind::other;
  const auto empty = is_empty(found);
  if (!empty) return std::unexpected(empty.error());
  return *empty ? PathKind::empty_directory : PathKind::other;
}

Result<ObservedPath> look_at(const UniqueFd& root, const std::string& path, bool with_kind) {
  const auto [found, missing] = look_up(root, path);
  if (missing) return ObservedPath{.kind = *missing};
  struct statfs place = {};
  if (!found.valid() || ::fstatfs(found.get(), &place) != 0) {
    return fail_errno(ErrorCode::kernel, "look inside the container at", path);
  }
  ObservedPath observed{.read_only = (place.f_flags & ST_RDONLY) != 0};
  if (!with_kind) return observed;
  const auto kind = kind_of(found, place);
  if (!kind) return std::unexpected(base::Error(kind.error()).within(cat("looking at ", path)));
  observed.kind = *kind;
  return observed;
}

Result<std::vector<ObservedPath>> look_at_all(const UniqueFd& root,
                                              const std::vector<std::string>& paths,
                                              bool with_kind) {
  std::vector<ObservedPath> observed;
  observed.reserve(paths.size());
  for (const std::string& path : paths) {
    const auto seen = look_at(root, path, with_kind);
    if (!seen) return std::unexpected(seen.error());
    observed.push_back(*seen);
  }
  return observed;
}

}  // namespace

Result<policy::ObservedPaths> observe_paths(pid_t stopped, const policy::PlannedPaths& planned,
                                            const std::string& proc_root) {
  const std::string path = proc_path(proc_root, stopped, "root");
  const UniqueFd root(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct statfs place = {};
  if (!root.valid() || ::fstatfs(root.get(), &place) != 0) {
    return fail_errno(ErrorCode::kernel, "look at", path);
  }
  auto masked = look_at_all(root, planned.masked, true);
  if (!masked) return std::unexpected(std::move(masked.error()));
  auto read_only = look_at_all(root, planned.read_only, false);
  if (!read_only) return std::unexpected(std::move(read_only.error()));
  const auto outside = is_working_directory_outside(stopped, root, proc_root);
  if (!outside) return std::unexpected(outside.error());
  return policy::ObservedPaths{.masked = std::move(*masked),
                               .read_only = std::move(*read_only),
                               .root_read_only = (place.f_flags & ST_RDONLY) != 0,
                               .working_directory_outside = *outside};
}

}  // namespace bulkhead::kernel
