#include "kernel/gate/last_words.h"

#include <fcntl.h>
#include <sys/socket.h>
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

// Opened once more, since whether writing waits is a matter of the open file, which is the
// container's. A socket cannot be opened so; there it is a matter of the call.
void LastWords::say(std::string_view sentence) const {
  constexpr std::size_t kMaxBytes = 1024;
  if (!its_stderr_.valid()) return;
  const std::string line = base::cat("bulkhead: ", sentence, "\n").substr(0, kMaxBytes);
  const base::UniqueFd file(::open(base::cat("/proc/self/fd/", its_stderr_.get()).c_str(),
                                   O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  [[maybe_unused]] const ssize_t written =
      file.valid()
          ? ::write(file.get(), line.data(), line.size())
          : ::send(its_stderr_.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace bulkhead::kernel
