#include "kernel/observe/observe_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "kernel/tasks/proc_file.h"

namespace bulkhead::kernel {

using base::ErrorCode;
using base::Result;

namespace {

// The id of the mount that the path leads to, or without one the directory; 0 where the kernel does
// not tell it.
Result<std::uint64_t> mount_of(int directory, const std::string& path) {
  struct statx file {};
  if (::statx(directory, path.c_str(), AT_EMPTY_PATH, STATX_MNT_ID, &file) != 0) {
    return base::fail_errno(ErrorCode::kernel, "look at", path.empty() ? "the root" : path);
  }
  return (file.stx_mask & STATX_MNT_ID) != 0 ? file.stx_mnt_id : 0;
}

// proc_pid_mountinfo(5): the id stands first on each line, of the mounts below the task's root
// alone.
bool lists(std::string_view mounts, std::uint64_t id) {
  while (!mounts.empty()) {
    const std::string_view line = mounts.substr(0, mounts.find('\n'));
    if (base::parse_decimal(line.substr(0, line.find(' '))) == id) return true;
    mounts.remove_prefix(std::min(line.size() + 1, mounts.size()));
  }
  return false;
}

}  // namespace

Result<bool> is_working_directory_outside(pid_t stopped, const base::UniqueFd& root,
                                          const std::string& proc_root) {
  const auto directory = mount_of(AT_FDCWD, proc_path(proc_root, stopped, "cwd"));
  const auto top = mount_of(root.get(), "");
  if (!directory || !top) return std::unexpected((directory ? top : directory).error());
  if (*directory == *top) return false;
  const auto mounts = read_proc_file(proc_path(proc_root, stopped, "mountinfo"));
  if (!mounts) return std::unexpected(mounts.error());
  return !lists(*mounts, *directory);
}

}  // namespace bulkhead::kernel
