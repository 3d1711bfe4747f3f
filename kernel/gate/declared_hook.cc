#include "kernel/gate/declared_hook.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/gate/place.h"

namespace bulkhead::kernel {

using base::cat;
using base::UniqueFd;

namespace {

std::string command_line_of(const std::string& directory) {
  constexpr std::size_t kMaxBytes = 256 << 10;
  const std::string path = cat(directory, "/cmdline");
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return {};
  auto text = base::drain(file.get(), path, kMaxBytes);
  return text ? *std::move(text) : std::string();
}

bool is_an_argument(const std::string& command_line, const std::string& path) {
  const std::string wanted = cat(std::string(1, '\0'), path, std::string(1, '\0'));
  return command_line.find(wanted) != std::string::npos;
}

// As the process itself would find it: links are followed within its root directory.
FileId file_below(const UniqueFd& root, const std::string& path) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  const UniqueFd file(
      static_cast<int>(::syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0) return {};
  return {.device = status.st_dev, .inode = status.st_ino};
}

}  // namespace

bool executes_declared_hook(pid_t process, std::span<const std::string> hook_paths) {
  if (hook_paths.empty()) return false;
  const std::string directory = cat("/proc/", process);
  const FileId program = file_id(cat(directory, "/exe"));
  const UniqueFd root(::open(cat(directory, "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::string command_line = command_line_of(directory);
  return std::ranges::any_of(hook_paths, [&](const std::string& path) {
    if (program.inode != 0 && root.valid() && file_below(root, path) == program) return true;
    return is_an_argument(command_line, path);
  });
}

}  // namespace bulkhead::kernel
