// The hook's door: holds a container's init, which an OCI runtime made, until its program's
// execve(2), and there, before the program's first instruction, proves or kills.
//
//   attach → (install early, asleep) → exec event → prove_at_exec
//
// The gate never follows a task that is not of the init's thread group: a child that a watched init
// forks is held until that waits for it, and let go. If the process that holds a
// gate dies at any moment before it lets go, PTRACE_O_EXITKILL ends the container.
//
// Signals, group stops (job control), exits and the runtime's own threads pass as if nobody traced.
#pragma once

#include <sys/types.h>

#include <memory>
#include <set>
#include <utility>

#include "base/error.h"
#include "kernel/gate/before_program.h"
#include "kernel/gate/behind_parent.h"
#include "kernel/gate/gate_order.h"
#include "kernel/gate/installer.h"

namespace bulkhead::kernel {

class InitGate {
 public:
  // Seizes every thread of the init, and installs what can be installed early. On return no thread
  // is stopped, and no execve can pass unseen. Errors (code kernel): no such process, not a process
  // but a thread, another tracer, ptrace forbidden (see seize()); unsupported: filters cannot be
  // read back, and the planned one does not allow the calls that installing takes.
  [[nodiscard]] static base::Result<std::unique_ptr<InitGate>> attach(pid_t init, GateOrder order);

  // Until the program runs or the container is gone. The init may wait for its start for any time.
  [[nodiscard]] GateOutcome run();

 private:
  InitGate(pid_t init, GateOrder order)
      : init_(init), order_(std::move(order)), installer_(order_), before_(order_, installer_) {}

  base::Result<void> seize_threads();
  GateOutcome follow();
  void prepare();
  bool reach_interruption();
  [[nodiscard]] bool belongs_to_init(pid_t task) const;
  void resume(pid_t task, int signal) const;
  void at_stop(pid_t task, int status);
  void at_end(pid_t task, int status);
  void at_signal(pid_t task, int signal);
  void at_exit(pid_t task);
  void at_event_stop(pid_t task, int signal);
  void at_birth(pid_t parent);
  static void let_go(pid_t child);
  void let_go_of_children();
  void at_syscall(pid_t task);

  const pid_t init_;
  const GateOrder order_;
  Installer installer_;
  BeforeProgram before_;
  bool filters_sleep_ = false;
  bool watching_syscalls_ = false;
  BehindParent children_;       // of a watched init, at their first stop
  std::set<pid_t> unborn_;      // announced by their parent, and not at their first stop yet
  std::set<pid_t> seen_early_;  // at their first stop before their parent announced them
  GateOutcome early_end_;       // its sentence is set where the container ended before its exec
};

}  // namespace bulkhead::kernel
