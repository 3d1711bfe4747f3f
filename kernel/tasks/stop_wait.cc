#include "kernel/tasks/stop_wait.h"

#include <sys/wait.h>

#include <algorithm>
#include <ctime>

namespace bulkhead::kernel {

using Clock = std::chrono::steady_clock;

namespace {

sigset_t child_signal() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  return set;
}

}  // namespace

StopSignal::StopSignal() {
  const sigset_t signal = child_signal();
  ::sigprocmask(SIG_BLOCK, &signal, &before_);
}

StopSignal::~StopSignal() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

void StopSignal::wait_until(Clock::time_point end) const {
  constexpr std::chrono::nanoseconds kLongest = std::chrono::milliseconds(5);
  const auto left = std::clamp<std::chrono::nanoseconds>(end - Clock::now(), {}, kLongest);
  const timespec most{.tv_sec = 0, .tv_nsec = left.count()};
  const sigset_t signal = child_signal();
  (void)::sigtimedwait(&signal, nullptr, &most);
}

std::optional<int> wait_for_status(pid_t task, std::chrono::milliseconds most) {
  const StopSignal signal;
  const auto end = Clock::now() + most;
  for (;;) {
    int status = 0;
    const pid_t changed = ::waitpid(task, &status, __WALL | WNOHANG);
    if (changed == task) return status;
    if (changed < 0 || Clock::now() >= end) return std::nullopt;
    signal.wait_until(end);
  }
}

}  // namespace bulkhead::kernel
