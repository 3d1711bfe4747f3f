// The shim's door: follows the OCI runtime that this process is about to become, by events only, to
// the first program that it has executed inside the container, and there proves or kills. Whatever
// document or option the runtime acted on in the end, the kernel tells what it came to.
//
//   attach → the shim executes the runtime → forks, execs → the container's exec → prove_at_exec
//          → everything else is let go
//
// Which exec is the container's is decided by exec_role.h. Signals, group stops and exits pass as
// if nobody traced; no system call is traced but in InstallWhen::before_exec. If the process that
// holds the gate dies before it lets go, PTRACE_O_EXITKILL ends the runtime and what it made.
//
// With Door::restore no program is executed: there CRIU is traced, and proved is what it restores
// (restore_watch.h).
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernel/gate/before_program.h"
#include "kernel/gate/behind_parent.h"
#include "kernel/gate/exec_role.h"
#include "kernel/gate/gate_order.h"
#include "kernel/gate/installer.h"
#include "kernel/gate/place.h"
#include "kernel/gate/program_image.h"
#include "kernel/gate/restore_watch.h"
#include "kernel/observe/observe.h"

namespace bulkhead::kernel {

struct RuntimeOrder {
  GateOrder gate;
  Door door = Door::start;
  bool may_be_outside = false;          // ExecFacts::may_be_outside
  std::vector<std::string> hook_paths;  // of every hook that config.json declares
  // Called at the exec event, before the proof, with the process that executes the container's
  // program: completes what could not be known before (exec: what the container's init holds now).
  // An error is a failed proof. May be empty.
  std::function<base::Result<void>(pid_t program, GateOrder& order)> complete;
  // Called once, when the runtime has read its documents: with the first process that is born in
  // another place than the runtime's, and at the latest when the runtime has ended and its caller
  // does not know of it yet. May be empty.
  std::function<void()> when_read;
  // Called when the runtime has ended and the container waits for its start (create), with its
  // first process; the caller does not know of the end yet. May be empty.
  std::function<void(pid_t init)> when_created;
  // Called when the runtime ends with another code than 0 before any program of the container was
  // executed, while its caller does not know of it yet. May be empty.
  std::function<void()> when_failed;
};

class RuntimeGate {
 public:
  // Seizes the process that will become the runtime by its next execve, and which made this one:
  // both are at the same place and hold the same. Errors: those of seize(); kernel: that process
  // cannot be looked at; unsupported: see check_provable().
  [[nodiscard]] static base::Result<std::unique_ptr<RuntimeGate>> attach(pid_t runtime,
                                                                         RuntimeOrder order);

  // Until the container's program runs or nothing is left that could execute one.
  [[nodiscard]] GateOutcome run();

  // After run(): lets go of what still is followed. Returns when everything is; a task that does
  // not stop (vfork, freezer) is waited for, since this process's end would kill it. Where the
  // proof failed nobody is let go: until the runtime and all that it made have ended, whatever of
  // it executes a program of the container is killed, too.
  void let_go_of_the_rest();

 private:
  struct Task {
    bool started = false;  // its first stop has been seen
    bool watched = false;  // its system calls are traced
  };
  struct Process {
    bool executed = false;  // something else than the runtime
  };

  RuntimeGate(pid_t runtime, RuntimeOrder order)
      : runtime_(runtime),
        order_(std::move(order)),
        installer_(order_.gate),
        before_(order_.gate, installer_),
        restore_(order_.gate, {.announce = [this](pid_t init) { announce(init); },
                               .hand_over = [this](pid_t task) { hand_over(task); }}) {}

  base::Result<void> seize_runtime();
  void take(const siginfo_t& event);
  void resume(pid_t task, int signal) const;
  void at_stop(pid_t task, int status);
  void at_signal(pid_t task, int signal);
  void at_exit(pid_t task);
  void at_event_stop(pid_t task, int signal);
  void at_birth(pid_t parent);
  void release_waiting();
  void at_first_stop(pid_t task);
  void at_syscall(pid_t task);
  void at_end(pid_t task, int status);
  void at_runtime_end(const siginfo_t& event);
  void tell_read();
  void at_exec(pid_t task);
  void at_program(pid_t task, const TaskStatus* status);
  void at_restorer(pid_t task);
  void at_birth_by_restorer(pid_t restorer);
  void announce(pid_t init);
  void hand_over(pid_t task);
  void begin_to_watch(pid_t restorer);
  void outlive_or_not();
  void at_unknown_demand(pid_t task, std::string sentence);
  void at_birth_inside(pid_t task);
  [[nodiscard]] ExecFacts facts_of(pid_t task, const TaskStatus* status) const;
  void add_parent(pid_t parent, ExecFacts& facts) const;
  [[nodiscard]] bool is_confined(const TaskStatus& status) const;
  void let_go(pid_t task, int signal);
  void finish(GateOutcome outcome);
  void refuse_again(pid_t task);
  void stay_refused();

  const pid_t runtime_;
  RuntimeOrder order_;
  Installer installer_;
  BeforeProgram before_;
  RestoreWatch restore_;
  Place home_;
  TaskStatus home_status_;
  std::vector<ProgramImage> images_;  // what the runtime's process executed
  std::map<pid_t, Task> tasks_;
  std::map<pid_t, Process> processes_;
  // Without a tracer a parent goes on before its child has begun, and some runtimes count on it
  // (crun writes to a hook that reads nothing and ends). A child whose parent is still stopped
  // waits.
  std::set<pid_t> announced_;  // by a parent that went on
  std::set<pid_t> waiting_;    // at their first stop
  BehindParent hooks_;         // at their exec
  pid_t created_ = 0;          // the container's first process, once its runtime has ended
  bool filters_sleep_ = false;
  bool done_ = false;
  std::optional<std::string> refused_;  // why; the proof failed, and nothing of this start may run
  GateOutcome outcome_;
};

}  // namespace bulkhead::kernel
