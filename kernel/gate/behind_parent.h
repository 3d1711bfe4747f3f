// Stopped children of a runtime that go on only when their parent waits, as it does at the latest
// for them. Without a tracer a parent goes on before its child has begun, and crun counts on it: it
// fails where a hook that reads nothing has ended before its state was written to it.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>

#include <chrono>
#include <vector>

namespace bulkhead::kernel {

class BehindParent {
 public:
  void add(pid_t stopped);

  // Takes out those that may go on: the parent waits in a system call or is gone, or the child has
  // waited for as long as any write takes.
  [[nodiscard]] std::vector<pid_t> take_ready();
  [[nodiscard]] std::vector<pid_t> take_all();

  // The next child or tracee that stopped or ended, by waitid(2), which is still to be taken by
  // waitpid(2): 0 after a short pause while children are in here, and -1 where none is left.
  [[nodiscard]] pid_t wait_for_next(siginfo_t& event) const;

 private:
  struct Entry {
    pid_t task;
    std::chrono::steady_clock::time_point latest;
  };
  std::vector<Entry> entries_;
};

}  // namespace bulkhead::kernel
