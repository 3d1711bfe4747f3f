// The gate: holds a container's init by ptrace(2) until the user program's execve(2), and there,
// before the program's first instruction, proves or kills.
//
//   attach → (install at the first call that gives privileges away) → exec event
//          → (install) → observe → judge → let go | kill
//
// The gate never follows a task that is not of the init's thread group. If the process that holds a
// Gate dies at any moment before it lets go, PTRACE_O_EXITKILL ends the container.
//
// Installing before the exec watches the system calls of the init's leader alone: in runc and crun
// it is the thread that gives privileges away and executes the program, and the other threads of a
// Go runtime make thousands of calls. Elsewhere the proof fails, and nothing runs.
//
// Signals, group stops (job control), exits and the runtime's own threads pass as if nobody traced.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "policy/proof/observed_state.h"
#include "policy/proof/verdict.h"

namespace bulkhead::kernel {

enum class GateTask : std::uint8_t {
  prove,    // compare, then let go or kill
  install,  // install Expectation::filter and Expectation::stacked first
  watch,    // mode observe: compare, and let go whatever holds
};

struct GateOrder {
  pid_t init = 0;
  GateTask task = GateTask::prove;
  policy::Expectation expectation;  // with a filter when task is install
  bool only_stacked = false;        // the runtime installs Expectation::filter itself
  bool log_denials = false;         // of an installed filter: SECCOMP_FILTER_FLAG_LOG
  // Install Expectation::filter once more, beside the runtime's and with that flag: of equal
  // actions the kernel logs what the newest filter says. What hinders that hinders nothing else.
  bool log_beside = false;
  // No filter can be read back (a user namespace): `task` is install wherever a filter is planned,
  // and that the kernel takes it is the proof. An init cannot lose a filter again.
  bool filters_unreadable = false;
  bool apparmor = false;  // read the label
  // The AppArmor profile that the runtime was not told of: the init is given it before its exec.
  // Empty: the runtime applies the planned one, or there is none.
  std::string exec_label;
};

enum class GateResult : std::uint8_t {
  proved,     // the plan holds; the program runs, unheld
  installed,  // the same, with a filter that the gate installed
  differs,    // watch: the plan does not hold; the program runs, unheld
  killed,     // the plan does not hold; the container was killed before its program ran
  ended,      // the init ended before any execve: nothing ran
};

struct GateOutcome {
  GateResult result = GateResult::ended;
  std::string sentence;  // of killed and differs: why
  policy::FilterProof proof = policy::FilterProof::failed;
  std::string analysed_stack;    // digest of the filters, when `proof` is analysed
  std::uint64_t stopped_us = 0;  // how long the init was stopped at the exec event
  std::string unlogged;          // why the filter that logs beside the runtime's is not there
};

class RemoteCalls;

class Gate {
 public:
  // Seizes every thread of the init. On return no thread is stopped for longer than a signal takes,
  // and no execve can pass unseen. Errors (code kernel): no such process, not a process but a
  // thread, another tracer, ptrace forbidden (see seize()); unsupported: filters cannot be read
  // back, and the planned one does not allow the calls that installing takes.
  [[nodiscard]] static base::Result<Gate> attach(GateOrder order);

  // Until the program runs or the container is gone. The init may wait for its start for any time.
  [[nodiscard]] GateOutcome run();

 private:
  explicit Gate(GateOrder order) : order_(std::move(order)) {}

  [[nodiscard]] bool belongs_to_init(pid_t task) const;
  void resume(pid_t task, int signal) const;
  void pass_on(pid_t task, int status);
  void at_syscall(pid_t task);
  base::Result<void> work_before_exec(pid_t task, std::uint64_t nr,
                                      const std::array<std::uint64_t, 6>& args);
  GateOutcome at_exec();
  base::Result<policy::Verdict> prove(GateOutcome& outcome);
  base::Result<void> install_filters(RemoteCalls& calls);
  void install_log_beside(RemoteCalls& calls);
  [[nodiscard]] base::Result<policy::ObservedState> observe() const;
  base::Result<policy::ObservedState> install_after_exec();
  base::Result<policy::ObservedState> install_and_observe();
  GateOutcome conclude(GateOutcome outcome, const policy::Verdict& verdict);
  GateOutcome kill(std::string sentence);

  GateOrder order_;
  [[nodiscard]] bool installs() const;
  [[nodiscard]] bool must_install_before_exec() const;

  bool watching_syscalls_ = false;
  bool installed_ = false;
  std::string install_failure_;  // why the installation before the exec did not work
  std::string unlogged_;
};

// Whether a process is a gate of Bulkhead: it bears the name that name_this_process_gate() gives.
[[nodiscard]] bool is_gate(pid_t process);
void name_this_process_gate();

}  // namespace bulkhead::kernel
