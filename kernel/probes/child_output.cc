#include "kernel/probes/child_output.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/apparmor/child_process.h"

namespace bulkhead::kernel {

namespace {

using base::Result;
using base::UniqueFd;
using Clock = std::chrono::steady_clock;

Result<pid_t> start(const std::vector<std::string>& argv, int standard_output) {
  ChildProcess child;
  child.give_null(STDIN_FILENO, O_RDONLY);
  child.give(standard_output, STDOUT_FILENO);
  child.give_null(STDERR_FILENO, O_WRONLY);
  return child.start(argv, environ, base::ErrorCode::runtime);
}

void keep(ChildOutput& output, std::string_view bytes, std::size_t max_bytes) {
  const std::size_t room = max_bytes - output.standard_output.size();
  output.truncated = output.truncated || bytes.size() > room;
  output.standard_output += bytes.substr(0, room);
}

int left_ms(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return left > 0 ? static_cast<int>(left) : 0;
}

// Reads to the end of the pipe or to the deadline, whichever comes first.
void read_until(Clock::time_point deadline, const UniqueFd& pipe, const ChildLimits& limits,
                ChildOutput& output) {
  char buffer[16384];
  for (;;) {
    pollfd waiting{.fd = pipe.get(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, left_ms(deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      output.timed_out = true;
      return;
    }
    const ssize_t got = ::read(pipe.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    keep(output, {buffer, static_cast<std::size_t>(got)}, limits.max_bytes);
  }
}

// Whether the child ended by itself with exit code 0 before the deadline. A program may close its
// output and live on, so the end of the pipe is not the end of the child.
bool ends_well(pid_t pid, Clock::time_point deadline, ChildOutput& output) {
  constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};
  constexpr int kPausesForItsEnd = 1000;
  int status = 0;
  while (!output.timed_out) {
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    // ECHILD: our caller ignores SIGCHLD, so the status is gone.
    if (ended < 0 && errno != EINTR) return false;
    output.timed_out = left_ms(deadline) == 0;
    ::nanosleep(&kPause, nullptr);
  }
  ::kill(-pid, SIGKILL);
  // One that waits in the kernel for a disk dies when that answers, which is not waited for.
  for (int i = 0; i < kPausesForItsEnd && ::waitpid(pid, &status, WNOHANG) == 0; ++i) {
    ::nanosleep(&kPause, nullptr);
  }
  return false;
}

}  // namespace

Result<ChildOutput> child_output(const std::vector<std::string>& argv, const ChildLimits& limits) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) {
    return base::fail_errno(base::ErrorCode::kernel, "create", "a pipe");
  }
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  const auto pid = start(argv, write_end.get());
  if (!pid) return std::unexpected(pid.error());
  write_end.reset();
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(limits.timeout_ms);
  ChildOutput output;
  read_until(deadline, read_end, limits, output);
  output.succeeded = ends_well(*pid, deadline, output);
  return output;
}

}  // namespace bulkhead::kernel
