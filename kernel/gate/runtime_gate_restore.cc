// RuntimeGate, as far as a container comes back from a checkpoint: what CRIU restores is proved.
#include <sys/ptrace.h>

#include "kernel/gate/runtime_gate.h"
#include "kernel/gate/stops.h"

namespace bulkhead::kernel {

// A child that is to be let go must be free before its parent goes on, which may trace it next.
void RuntimeGate::at_birth_by_restorer(pid_t restorer) {
  unsigned long message = 0;
  const bool known = ::ptrace(PTRACE_GETEVENTMSG, restorer, nullptr, &message) == 0;
  const auto child = static_cast<pid_t>(message);
  if (known && waiting_.erase(child) == 0 && tasks_.contains(child)) {
    (void)::ptrace(PTRACE_INTERRUPT, child, nullptr, nullptr);
    (void)wait_briefly(child);
  } else if (known && !tasks_.contains(child)) {
    (void)wait_briefly(child);
  }
  const bool is_watched = known && restore_.at_birth(restorer, child);
  if (known && !is_watched) let_go(child, 0);
  resume(restorer, 0);
  if (!is_watched) return;
  tasks_[child] = {.started = true, .watched = true};
  resume(child, 0);
}

void RuntimeGate::at_restorer(pid_t task) {
  auto next = restore_.at_syscall(task);
  if (!next.is_let_go) return resume(task, 0);
  // The point of no return: from here what was proved runs on, and what was not is dead.
  let_go(task, 0);
  if (next.outcome) finish(*std::move(next.outcome));
}

void RuntimeGate::begin_to_watch(pid_t restorer) {
  const bool was_underway = restore_.is_underway();
  restore_.add(restorer);
  tasks_[restorer].watched = true;
  if (!was_underway) outlive_or_not();
  resume(restorer, 0);
}

// While CRIU is there the gate's death ends CRIU and what it restores, but not the runtime: that
// tidies up. runc has mounted the container's root where a later delete would empty it.
void RuntimeGate::outlive_or_not() {
  for (const auto& [task, known] : tasks_) {
    if (!restore_.watches(task)) (void)::ptrace(PTRACE_INTERRUPT, task, nullptr, nullptr);
  }
}

void RuntimeGate::hand_over(pid_t task) {
  if (!tasks_.contains(task)) return;
  (void)::ptrace(PTRACE_INTERRUPT, task, nullptr, nullptr);
  if (const auto status = wait_briefly(task)) let_go(task, pending_signal(*status));
}

// What cannot be told of it now, nobody needs: a checkpoint is held against the plan alone.
void RuntimeGate::announce(pid_t init) {
  if (order_.complete) (void)order_.complete(init, order_.gate);
}

}  // namespace bulkhead::kernel
