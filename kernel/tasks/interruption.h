// One look at a running task of anybody's: it is asked to stop, and let go as it was.
//
// Most system calls that the stop cuts short begin anew by themselves. Of those that would return
// EINTR (signal(7): epoll_wait, semop, sigtimedwait, io_getevents, what waits on a socket with a
// timeout of its own) the ones that can be begun anew without harm are, as the kernel does it for
// the others; a timeout among their arguments then begins anew, too.
//
// A task that does not stop stays asked until this process ends, and then goes on as if nobody had.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"

namespace bulkhead::kernel {

class Interruption {
 public:
  // Of a process whose first thread has ended, another thread is asked. Never waits for the task.
  // Errors (code kernel): as obstacle_to() words them, and those of seize().
  [[nodiscard]] static base::Result<Interruption> begin(pid_t process,
                                                        const std::string& proc_root);
  Interruption(Interruption&& other) noexcept;
  Interruption& operator=(Interruption&& other) noexcept;
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption() { let_go(); }

  // Whether it has stopped by now. Error (code kernel): it has ended.
  [[nodiscard]] base::Result<bool> has_stopped();
  // Who was asked: the process or a thread of it.
  [[nodiscard]] pid_t task() const { return task_; }

 private:
  explicit Interruption(pid_t task) : task_(task) {}
  void let_go();

  pid_t task_ = 0;  // 0: nobody any more
  bool stopped_ = false;
  bool cut_short_ = false;  // by our stop, as opposed to one that it was in already
  int signal_ = 0;  // that arrived together with our stop, and is handed over when it goes on
};

}  // namespace bulkhead::kernel
