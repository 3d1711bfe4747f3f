// What a gate has to do in the container's first process before its program's exec: the AppArmor
// label for that exec, and the filters of the order.
//
// Filters are installed early, at any stop. Otherwise the process's system calls are watched
// (PTRACE_SYSCALL) up to the first that gives privileges away, or the exec itself: in runc and crun
// one thread does both. So it is where the kernel lets no filter sleep or a hook would inherit a
// sleeping one, and for the label, which the runtime would write over: it has written its own by
// then.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "base/error.h"
#include "kernel/gate/gate_order.h"
#include "kernel/gate/installer.h"

namespace bulkhead::kernel {

class BeforeProgram {
 public:
  // Order and installer outlive it.
  BeforeProgram(const GateOrder& order, Installer& installer)
      : order_(order), installer_(installer) {}

  // Whether there is anything to do before the exec; without filters or a label there is not.
  [[nodiscard]] bool has_work() const {
    return !done_ && (installer_.has_work() || installer_.has_record() || labels());
  }
  [[nodiscard]] bool can_be_early() const {
    return !done_ && (installer_.has_early_work() || installer_.has_early_record());
  }

  // The filters, now. `stopped` is at PTRACE_EVENT_STOP. On an error the task is as it was, and
  // watching is the way that is left.
  [[nodiscard]] base::Result<void> do_early(pid_t stopped, InstallScope scope);

  // Whether what is left must be done by watching the calls of the container's first process.
  [[nodiscard]] bool must_watch() const;

  // A stop at a system call of the watched task; does the work where it is time for it. Returns
  // whether watching goes on. An error: the plan cannot be reached, and the task must be killed.
  [[nodiscard]] base::Result<bool> at_syscall(pid_t stopped);

 private:
  [[nodiscard]] bool labels() const { return !order_.exec_label.empty(); }
  [[nodiscard]] bool must_install() const;
  [[nodiscard]] base::Result<void> work(pid_t stopped, std::uint64_t nr,
                                        std::span<const std::uint64_t, 6> args);

  const GateOrder& order_;
  Installer& installer_;
  bool done_ = false;
};

}  // namespace bulkhead::kernel
