// Waiting for traced tasks to stop, never longer than is said.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <optional>

namespace bulkhead::kernel {

// SIGCHLD, by which the kernel tells a tracer that a task of its has stopped or ended. It is
// blocked while this lives, so that none is lost between a look and a wait.
class StopSignal {
 public:
  StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  ~StopSignal();

  // Returns when one came, or `end` has; after some milliseconds in any case, since a process that
  // ignores SIGCHLD gets none.
  void wait_until(std::chrono::steady_clock::time_point end) const;

 private:
  sigset_t before_{};
};

// The next status of a traced task that is about to stop. Nothing where none came in that time (a
// task that waits in vfork, or is frozen, does not stop), or there is no such task.
[[nodiscard]] std::optional<int> wait_for_status(pid_t task, std::chrono::milliseconds most);

}  // namespace bulkhead::kernel
