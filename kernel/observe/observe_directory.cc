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

// The id of the mount that the path leads to; 0 where the kernel does not tell it.
Result<std::uint64_t> mount_of(const std::string& path) {
  struct statx file {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_MNT_ID, &file) != 0) {
    return base::fail_errno(ErrorCode::kernel, "look at", path);
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

Result<bool> is_working_directory_outside(pid_t stopped, const std::string& proc_root) {
  const auto directory = mount_of(proc_path(proc_root, stopped, "cwd"));
  const auto root = mount_of(proc_path(proc_root, stopped, "root"));
  if (!directory || !root) return std::unexpected((directory ? root : directory).error());
  if (*directory == *root) return false;
  const auto mounts = read_proc_file(proc_path(proc_root, stopped, "mountinfo"));
  if (!mounts) return std::unexpected(mounts.error());
  return !lists(*mounts, *directory);
}

}  // namespace bulkhead::kernel
