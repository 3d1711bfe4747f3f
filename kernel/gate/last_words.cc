#include "kernel/gate/last_words.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "base/text.h"

namespace bulkhead::kernel {

LastWords::LastWords(pid_t process) {
  const base::UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!handle.valid()) return;
  its_stderr_.reset(static_cast<int>(::syscall(SYS_pidfd_getfd, handle.get(), STDERR_FILENO, 0)));
}

void LastWords::say(std::string_view sentence) const {
  constexpr std::size_t kMaxBytes = 1024;
  pollfd ready{.fd = its_stderr_.get(), .events = POLLOUT, .revents = 0};
  if (!its_stderr_.valid() || ::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return;
  const std::string line = base::cat("bulkhead: ", sentence, "\n").substr(0, kMaxBytes);
  [[maybe_unused]] const ssize_t written = ::write(its_stderr_.get(), line.data(), line.size());
}

}  // namespace bulkhead::kernel
