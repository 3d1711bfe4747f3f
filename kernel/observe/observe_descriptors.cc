#include "kernel/observe/observe_descriptors.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/directory.h"
#include "base/text.h"
#include "kernel/tasks/proc_file.h"

namespace bulkhead::kernel {

using base::ErrorCode;
using base::fail_errno;
using base::Result;
using policy::ObservedDescriptor;

namespace {

// "/sys/fs/cgroup", "pipe:[1234]"; the first bytes of a longer one. Empty where it cannot be read:
// that the descriptor is open is enough.
std::string target_of(const std::string& directory, const char* name) {
  char target[256];
  const ssize_t length = ::readlink(base::cat(directory, '/', name).c_str(), target, sizeof target);
  return {target, length > 0 ? static_cast<std::size_t>(length) : 0};
}

}  // namespace

Result<std::vector<ObservedDescriptor>> observe_descriptors(pid_t stopped,
                                                            const std::string& proc_root) {
  const std::string path = proc_path(proc_root, stopped, "fd");
  base::Directory directory(path);
  if (!directory.valid()) return fail_errno(ErrorCode::kernel, "list the descriptors in", path);
  std::vector<ObservedDescriptor> observed;
  while (const dirent* entry = directory.next()) {
    const auto number = base::parse_decimal(entry->d_name);
    if (number && *number > STDERR_FILENO) {
      observed.push_back({.number = static_cast<std::uint32_t>(*number),
                          .target = target_of(path, entry->d_name)});
    }
  }
  if (errno != 0) return fail_errno(ErrorCode::kernel, "list the descriptors in", path);
  std::ranges::sort(observed, {}, &ObservedDescriptor::number);
  return observed;
}

}  // namespace bulkhead::kernel
