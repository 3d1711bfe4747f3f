#include "kernel/tasks/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "base/unique_fd.h"

namespace bulkhead::kernel {

using base::ErrorCode;
using base::fail_errno;
using base::Result;

namespace {

// Files of /proc have no size of their own; nearly all of those read here fit in one page. The
// longest is the status of a task with 65536 supplementary groups.
constexpr std::size_t kFirstBytes = 4096;
constexpr std::size_t kMaxBytes = 1 << 20;

}  // namespace

std::string proc_path(const std::string& root, pid_t pid, std::string_view file) {
  return base::cat(root, '/', pid, '/', file);
}

Result<std::string> read_proc_file(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return fail_errno(ErrorCode::kernel, "open", path);
  std::string text(kFirstBytes, '\0');
  std::size_t filled = 0;
  for (;;) {
    const ssize_t count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(ErrorCode::kernel, "read", path);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
    if (filled < text.size()) continue;
    if (filled >= kMaxBytes) {
      return base::fail(ErrorCode::kernel, base::cat(base::quoted(path), " is longer than 1 MiB"));
    }
    text.resize(2 * text.size());
  }
  text.resize(filled);
  return text;
}

}  // namespace bulkhead::kernel
