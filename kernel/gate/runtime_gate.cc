#include "kernel/gate/runtime_gate.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/times.h"
#include "kernel/gate/declared_hook.h"
#include "kernel/gate/exec_proof.h"
#include "kernel/gate/forced_end.h"
#include "kernel/gate/stops.h"
#include "kernel/tasks/ptrace.h"

namespace bulkhead::kernel {

using base::Result;

namespace {

constexpr std::uintptr_t kFollow = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;

// The first thread of a process, as opposed to any other thread.
bool is_process(pid_t task) { return ::syscall(SYS_tgkill, task, task, 0) == 0; }

bool has_ended(const siginfo_t& event) {
  return event.si_code == CLD_EXITED || event.si_code == CLD_KILLED || event.si_code == CLD_DUMPED;
}

}  // namespace

Result<std::unique_ptr<RuntimeGate>> RuntimeGate::attach(pid_t runtime, RuntimeOrder order) {
  if (auto provable = check_provable(order.gate); !provable) {
    return std::unexpected(std::move(provable.error()));
  }
  std::unique_ptr<RuntimeGate> gate(new RuntimeGate(runtime, std::move(order)));
  // Where the runtime is this process is, of which it was made. What the kernel looked up of the
  // runtime it need not look up again when that executes something.
  auto status = read_task_status(runtime);
  if (!status) return std::unexpected(std::move(status.error()));
  gate->home_ = place_of(runtime);
  if (!gate->home_.is_known()) {
    return base::fail_errno(base::ErrorCode::kernel, "look at",
                            "the namespaces and the root directory of the runtime");
  }
  gate->home_status_ = *status;
  gate->restore_.set_surroundings(
      {.runtime = runtime, .home = gate->home_, .may_be_outside = gate->order_.may_be_outside});
  if (auto seized = gate->seize_runtime(); !seized) {
    return std::unexpected(std::move(seized.error()).within("holding the runtime"));
  }
  gate->tasks_[runtime] = {.started = true};
  gate->processes_[runtime] = {};
  return gate;
}

// Without CONFIG_CHECKPOINT_RESTORE, and in a user namespace, the kernel lets no filter sleep.
Result<void> RuntimeGate::seize_runtime() {
  constexpr std::uintptr_t options = kGateOptions | kFollow;
  filters_sleep_ =
      before_.can_be_early() && seize(runtime_, options | PTRACE_O_SUSPEND_SECCOMP).has_value();
  if (!filters_sleep_) return seize(runtime_, options);
  installer_.filters_sleep();
  return {};
}

GateOutcome RuntimeGate::run() {
  while (!done_) {
    for (const pid_t hook : hooks_.take_ready()) let_go(hook, 0);
    siginfo_t event;
    const pid_t task = hooks_.wait_for_next(event);
    if (task == 0 || (task < 0 && errno == EINTR)) continue;
    if (task < 0) break;
    take(event);
  }
  return outcome_;
}

// The runtime's caller learns of its end when that is taken.
void RuntimeGate::take(const siginfo_t& event) {
  const pid_t task = event.si_pid;
  if (task == runtime_ && has_ended(event)) at_runtime_end(event);
  int status = 0;
  if (::waitpid(task, &status, __WALL) != task) return;
  if (WIFSTOPPED(status)) {
    at_stop(task, status);
  } else {
    at_end(task, status);
  }
}

void RuntimeGate::resume(pid_t task, int signal) const {
  const auto known = tasks_.find(task);
  const bool stops_at_calls = known != tasks_.end() && known->second.watched;
  (void)::ptrace(stops_at_calls ? PTRACE_SYSCALL : PTRACE_CONT, task, nullptr,
                 static_cast<long>(signal));
}

void RuntimeGate::at_stop(pid_t task, int status) {
  const int signal = WSTOPSIG(status);
  switch (event_of(status)) {
    case 0: return signal == kSyscallStop ? at_syscall(task) : at_signal(task, signal);
    case PTRACE_EVENT_STOP: return at_event_stop(task, signal);
    case PTRACE_EVENT_EXEC: return at_exec(task);
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE: return at_birth(task);
    case PTRACE_EVENT_EXIT: return at_exit(task);
    default: return resume(task, 0);
  }
}

void RuntimeGate::at_exit(pid_t task) {
  if (task == runtime_ && order_.when_failed && wait_status_at_exit(task) != 0) {
    std::exchange(order_.when_failed, {})();
  }
  if (is_killed_by_filter(task) && !is_at(task, home_)) {
    if (auto end = end_with_killed_thread(task, order_.gate.whom)) outcome_ = *std::move(end);
  }
  resume(task, 0);
}

// Of what is outside the kernel's own answer to a fault is the one that is seen without a gate.
void RuntimeGate::at_signal(pid_t task, int signal) {
  const auto fault = uncaught_fault(task, signal);
  if (!fault || is_at(task, home_)) return resume(task, signal);
  tasks_.erase(task);
  outcome_ = end_by_fault(task, *fault, order_.gate.whom);
}

void RuntimeGate::at_event_stop(pid_t task, int signal) {
  // A group stop lasts until SIGCONT; the task must stay stopped and yet notice it.
  if (signal != SIGTRAP) {
    (void)::ptrace(PTRACE_LISTEN, task, nullptr, nullptr);
    return;
  }
  if (std::exchange(tasks_[task].started, true)) {
    if (order_.door == Door::restore && !restore_.watches(task)) {
      const std::uintptr_t outlives = restore_.is_underway() ? PTRACE_O_EXITKILL : 0;
      (void)::ptrace(PTRACE_SETOPTIONS, task, nullptr, (kGateOptions | kFollow) & ~outlives);
    }
    return resume(task, 0);
  }
  if (announced_.erase(task) == 0) {
    waiting_.insert(task);
  } else {
    at_first_stop(task);
  }
}

void RuntimeGate::at_birth(pid_t parent) {
  if (restore_.watches(parent)) return at_birth_by_restorer(parent);
  unsigned long child = 0;
  const bool known = ::ptrace(PTRACE_GETEVENTMSG, parent, nullptr, &child) == 0;
  resume(parent, 0);
  if (!known) return;
  const auto task = static_cast<pid_t>(child);
  if (waiting_.erase(task) == 0) {
    announced_.insert(task);
  } else {
    at_first_stop(task);
  }
}

void RuntimeGate::at_first_stop(pid_t task) {
  if (is_process(task)) {
    processes_[task] = {};
    const bool looks = before_.has_work() || order_.when_read;
    if (looks && !is_at(task, home_)) at_birth_inside(task);
  }
  resume(task, 0);
}

// Where a parent was killed before it could announce its child, nobody else will.
void RuntimeGate::release_waiting() {
  for (const pid_t task : std::exchange(waiting_, {})) at_first_stop(task);
}

// The first process that is born inside still has every capability.
void RuntimeGate::at_birth_inside(pid_t task) {
  tell_read();
  if (!before_.has_work() || refused_) return;
  if (filters_sleep_ && before_.can_be_early()) {
    (void)before_.do_early(task, InstallScope::one_thread);
  }
  tasks_[task].watched = before_.must_watch();
}

void RuntimeGate::at_syscall(pid_t task) {
  if (restore_.watches(task)) return at_restorer(task);
  Task& watched = tasks_[task];
  if (!watched.watched) return resume(task, 0);
  const auto goes_on = before_.at_syscall(task);
  if (goes_on) {
    watched.watched = *goes_on;
    return resume(task, 0);
  }
  if (is_still_stopped(task)) finish(kill_unproved(task, order_.gate, goes_on.error().sentence()));
}

void RuntimeGate::at_end(pid_t task, int status) {
  const bool is_explained = !outcome_.sentence.empty();
  if (task == created_ && !is_explained) outcome_.sentence = manner_of_end(status);
  tasks_.erase(task);
  processes_.erase(task);
  release_waiting();
  const bool was_underway = restore_.is_underway();
  const bool succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (auto outcome = restore_.at_end(task, succeeded)) return finish(*std::move(outcome));
  if (was_underway && !restore_.is_underway()) outlive_or_not();
}

void RuntimeGate::tell_read() {
  if (order_.when_read) std::exchange(order_.when_read, {})();
}

void RuntimeGate::at_runtime_end(const siginfo_t& event) {
  tell_read();
  const bool created = event.si_code == CLD_EXITED && event.si_status == 0;
  if (!created || !order_.when_created) return;
  const auto init = std::ranges::find_if(
      processes_, [this](const auto& process) { return is_elsewhere(process.first, home_); });
  if (init == processes_.end()) return;
  created_ = init->first;
  order_.when_created(created_);
}

bool RuntimeGate::is_confined(const TaskStatus& status) const {
  constexpr std::size_t kReal = 0;  // a set-user-ID helper of the runtime changes the others
  return status.seccomp_mode != home_status_.seccomp_mode ||
         status.uids[kReal] != home_status_.uids[kReal] ||
         status.gids[kReal] != home_status_.gids[kReal] ||
         status.no_new_privileges != home_status_.no_new_privileges ||
         status.capabilities.bounding != home_status_.capabilities.bounding;
}

void RuntimeGate::add_parent(pid_t parent, ExecFacts& facts) const {
  const auto known = processes_.find(parent);
  if (known == processes_.end() || known->second.executed) return;
  const Place place = place_of(parent);
  facts.parent_is_of_runtime = place.is_known();
  facts.parent_is_waiting_init = parent != runtime_ && place.is_known() && place != home_;
}

// The parent matters to a hook alone, and what it executes to what is outside (exec_role.h).
ExecFacts RuntimeGate::facts_of(pid_t task, const TaskStatus* status) const {
  ExecFacts facts{.door = order_.door,
                  .inside = !is_at(task, home_),
                  .confined = status == nullptr || is_confined(*status),
                  .is_declared_hook = executes_declared_hook(task, order_.hook_paths),
                  .is_runtime_process = task == runtime_,
                  .may_be_outside = order_.may_be_outside};
  if (facts.is_declared_hook && status != nullptr) add_parent(status->parent, facts);
  return facts;
}

void RuntimeGate::at_exec(pid_t task) {
  unsigned long former = 0;  // the thread that executed; the process's number is its from now on
  (void)::ptrace(PTRACE_GETEVENTMSG, task, nullptr, &former);
  if (static_cast<pid_t>(former) != task) tasks_.erase(static_cast<pid_t>(former));
  // It was the shim until now, which has changed nothing of itself and executes the runtime.
  if (task == runtime_ && images_.empty()) {
    images_.push_back(image_of(task));
    return resume(task, 0);
  }
  const auto read = read_task_status(task);
  const TaskStatus* const status = read ? &*read : nullptr;
  ExecFacts facts = facts_of(task, status);
  ProgramImage image;
  if (!facts.inside && !facts.confined) image = image_of(task);
  facts.is_runtime_image = image.is_known() && std::ranges::find(images_, image) != images_.end();
  switch (role_of(facts)) {
    case ExecRole::runtime:
      if (task == runtime_ && !facts.is_runtime_image) images_.push_back(std::move(image));
      return resume(task, 0);
    case ExecRole::hook: return hooks_.add(task);
    case ExecRole::program: return refused_ ? refuse_again(task) : at_program(task, status);
    case ExecRole::restorer: return refused_ ? refuse_again(task) : begin_to_watch(task);
  }
}

void RuntimeGate::at_program(pid_t task, const TaskStatus* status) {
  if (order_.complete) {
    if (auto completed = order_.complete(task, order_.gate); !completed) {
      return at_unknown_demand(task, completed.error().sentence());
    }
  }
  GateOutcome outcome = prove_at_exec(task, order_.gate, installer_, status);
  // Somebody else killed it; what is left may still execute another program.
  if (outcome.result == GateResult::ended) return resume(task, 0);
  finish(std::move(outcome));
  if (outcome_.result != GateResult::killed) tasks_.erase(task);
}

// What must hold cannot be told: a failed proof. Observing kills nothing.
void RuntimeGate::at_unknown_demand(pid_t task, std::string sentence) {
  if (order_.gate.on_difference == OnDifference::kill) {
    return finish(kill_unproved(task, order_.gate, std::move(sentence)));
  }
  finish({.result = GateResult::differs,
          .program = task,
          .sentence = std::move(sentence),
          .time = base::utc_now()});
  let_go(task, 0);
}

void RuntimeGate::refuse_again(pid_t task) { (void)kill_unproved(task, order_.gate, *refused_); }

void RuntimeGate::finish(GateOutcome outcome) {
  outcome_ = std::move(outcome);
  done_ = true;
}

void RuntimeGate::let_go(pid_t task, int signal) {
  tasks_.erase(task);
  processes_.erase(task);
  (void)::ptrace(PTRACE_DETACH, task, nullptr, static_cast<long>(signal));
}

void RuntimeGate::let_go_of_the_rest() {
  if (outcome_.result == GateResult::killed) return stay_refused();
  for (const pid_t task : std::exchange(waiting_, {})) let_go(task, 0);
  for (const pid_t hook : hooks_.take_all()) let_go(hook, 0);
  for (const auto& [task, known] : tasks_) {
    (void)::ptrace(PTRACE_INTERRUPT, task, nullptr, nullptr);
  }
  for (;;) {
    int status = 0;
    const pid_t task = ::waitpid(-1, &status, __WALL);
    if (task < 0 && errno != EINTR) return;
    if (task > 0 && WIFSTOPPED(status)) let_go(task, pending_signal(status));
  }
}

// Who was killed may not have been the only one that would execute a program: a wrapper may try
// again, and a runtime may have sent another process ahead. What was told is told once.
void RuntimeGate::stay_refused() {
  refused_ = outcome_.sentence;
  order_.when_created = {};
  order_.when_failed = {};
  for (auto& [task, known] : tasks_) known.watched = restore_.watches(task);
  do {
    done_ = false;
    (void)run();
  } while (done_);
}

}  // namespace bulkhead::kernel
