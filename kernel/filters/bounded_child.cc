#include "kernel/filters/bounded_child.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace bulkhead::kernel {

namespace {

// SIGPROF ends the process that lets it: whatever the caller ignores or blocks.
void let_sigprof_end_us() {
  (void)std::signal(SIGPROF, SIG_DFL);
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPROF);
  ::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

// AddressSanitizer maps terabytes to keep its books.
void bound_memory([[maybe_unused]] std::size_t bytes) {
#ifndef __SANITIZE_ADDRESS__
  const rlimit memory{bytes, bytes};
  (void)::setrlimit(RLIMIT_DATA, &memory);
#endif
}

void take_bounds(ChildBounds bounds) {
  let_sigprof_end_us();
  bound_memory(bounds.memory_bytes);
  const itimerval once{
      .it_interval = {},
      .it_value = {.tv_sec = bounds.cpu_ms / 1000, .tv_usec = bounds.cpu_ms % 1000 * 1000L}};
  (void)::setitimer(ITIMER_PROF, &once, nullptr);
}

}  // namespace

std::optional<int> in_bounded_child(ChildBounds bounds, const std::function<int()>& work) {
  // As fork(2), but no signal tells the caller of the end.
  const auto child = static_cast<pid_t>(::syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L));
  if (child < 0) return std::nullopt;
  if (child == 0) {
    take_bounds(bounds);
    ::_exit(std::clamp(-work(), 0, 255));
  }
  int status = 0;
  while (::waitpid(child, &status, __WALL) < 0) {
    if (errno != EINTR) return std::nullopt;
  }
  if (!WIFEXITED(status)) return std::nullopt;
  return -WEXITSTATUS(status);
}

}  // namespace bulkhead::kernel
