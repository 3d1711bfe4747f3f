#include "kernel/gate/init_gate.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <utility>

#include "base/directory.h"
#include "base/text.h"
#include "kernel/gate/exec_proof.h"
#include "kernel/gate/forced_end.h"
#include "kernel/gate/stops.h"
#include "kernel/observe/observe.h"
#include "kernel/tasks/ptrace.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::fail_errno;
using base::Result;

namespace {

Result<std::set<pid_t>> threads_of(pid_t process) {
  const std::string path = cat("/proc/", process, "/task");
  base::Directory directory(path);
  if (!directory.valid()) return fail_errno(ErrorCode::kernel, "list the threads in", path);
  const auto threads = base::pids_in(std::move(directory));
  return std::set<pid_t>(threads.begin(), threads.end());
}

// A thread may end before it is seized, or may have been attached as the clone of a seized one.
Result<void> seize_thread(pid_t thread, std::uintptr_t options) {
  auto seized = seize_in_turn(thread, options);
  if (seized) return {};
  const auto status = read_task_status(thread);
  if (!status || status->tracer == ::getpid()) return {};
  return seized;
}

// New threads of seized ones are attached by the kernel (PTRACE_O_TRACECLONE); those of threads
// that were not yet seized show up in the next round.
Result<void> seize_all(pid_t process, std::uintptr_t options) {
  std::set<pid_t> seized;
  for (;;) {
    const auto threads = threads_of(process);
    if (!threads) return std::unexpected(threads.error());
    const std::size_t before = seized.size();
    for (const pid_t thread : *threads) {
      if (!seized.insert(thread).second) continue;
      if (auto done = seize_thread(thread, options); !done) return std::unexpected(done.error());
    }
    if (seized.size() == before) return {};
  }
}

Result<void> check_is_process(pid_t init) {
  const auto status = read_task_status(init);
  if (!status) return std::unexpected(status.error());
  if (status->thread_group == init) return {};
  return fail(ErrorCode::invalid_input, cat(init, " is a thread of process ", status->thread_group,
                                            ", not a container's init"));
}

}  // namespace

Result<std::unique_ptr<InitGate>> InitGate::attach(pid_t init, GateOrder order) {
  if (auto provable = check_provable(order); !provable) return std::unexpected(provable.error());
  if (auto process = check_is_process(init); !process) return std::unexpected(process.error());
  std::unique_ptr<InitGate> gate(new InitGate(init, std::move(order)));
  if (auto seized = gate->seize_threads(); !seized) {
    return std::unexpected(std::move(seized.error()).within("holding the container"));
  }
  gate->prepare();
  return gate;
}

// Without CONFIG_CHECKPOINT_RESTORE, and in a user namespace, the kernel lets no filter sleep.
// Where system calls are watched, which slows the init, its children must not overtake it.
Result<void> InitGate::seize_threads() {
  const bool watches = before_.must_watch() && !installer_.has_early_work();
  const std::uintptr_t options = kGateOptions | (watches ? PTRACE_O_TRACEFORK : 0);
  filters_sleep_ = before_.can_be_early() &&
                   seize_in_turn(init_, options | PTRACE_O_SUSPEND_SECCOMP).has_value();
  if (!filters_sleep_) {
    return seize_all(init_, kGateOptions | (before_.must_watch() ? PTRACE_O_TRACEFORK : 0));
  }
  installer_.filters_sleep();
  return seize_all(init_, options | PTRACE_O_SUSPEND_SECCOMP);
}

// The init waits for its runtime in some call, which is executed again.
void InitGate::prepare() {
  if (!before_.has_work()) return;
  if (!filters_sleep_ && !before_.must_watch()) return;  // at the exec event
  watching_syscalls_ = true;
  if (::ptrace(PTRACE_INTERRUPT, init_, nullptr, nullptr) != 0 || !filters_sleep_) return;
  if (!reach_interruption()) return;
  // Where it fails, watching is the way that is left.
  (void)before_.do_early(init_, InstallScope::all_threads);
  watching_syscalls_ = before_.must_watch();
  resume(init_, 0);
}

// Passes on what came before it. Where it does not come the calls are watched.
bool InitGate::reach_interruption() {
  constexpr int kStopsBefore = 16;
  for (int stop = 0; stop < kStopsBefore; ++stop) {
    const auto status = wait_briefly(init_);
    if (!status || !WIFSTOPPED(*status)) return false;
    if (event_of(*status) == PTRACE_EVENT_STOP && WSTOPSIG(*status) == SIGTRAP) return true;
    at_stop(init_, *status);
  }
  return false;
}

bool InitGate::belongs_to_init(pid_t task) const {
  return ::syscall(SYS_tgkill, init_, task, 0) == 0;
}

void InitGate::resume(pid_t task, int signal) const {
  const bool stops_at_calls = watching_syscalls_ && task == init_;
  const auto request = stops_at_calls ? PTRACE_SYSCALL : PTRACE_CONT;
  (void)::ptrace(request, task, nullptr, static_cast<long>(signal));
}

GateOutcome InitGate::run() {
  GateOutcome outcome = follow();
  let_go_of_children();
  return outcome;
}

GateOutcome InitGate::follow() {
  for (;;) {
    for (const pid_t child : children_.take_ready()) let_go(child);
    siginfo_t event;
    const pid_t task = children_.wait_for_next(event);
    if (task < 0 && errno == EINTR) continue;
    if (task < 0) return early_end_;
    int status = 0;
    if (task == 0 || ::waitpid(task, &status, __WALL) != task) continue;
    if (!WIFSTOPPED(status)) {
      at_end(task, status);
      continue;
    }
    if (event_of(status) == PTRACE_EVENT_EXEC && task == init_) {
      return prove_at_exec(init_, order_, installer_);
    }
    at_stop(task, status);
    if (early_end_.result == GateResult::killed) return early_end_;
  }
}

void InitGate::at_end(pid_t task, int status) {
  const bool is_explained = !early_end_.sentence.empty();
  if (task == init_ && !is_explained) early_end_.sentence = manner_of_end(status);
}

// Every stop but the init's exec.
void InitGate::at_stop(pid_t task, int status) {
  const int signal = WSTOPSIG(status);
  switch (event_of(status)) {
    case 0: return signal == kSyscallStop ? at_syscall(task) : at_signal(task, signal);
    case PTRACE_EVENT_STOP: return at_event_stop(task, signal);
    case PTRACE_EVENT_FORK: return at_birth(task);
    case PTRACE_EVENT_EXIT: return at_exit(task);
    default: return resume(task, 0);
  }
}

void InitGate::at_signal(pid_t task, int signal) {
  const auto fault = uncaught_fault(task, signal);
  if (!fault || !belongs_to_init(task)) return resume(task, signal);
  early_end_ = end_by_fault(task, *fault, order_.whom);
  early_end_.program = init_;
}

void InitGate::at_exit(pid_t task) {
  if (is_killed_by_filter(task) && belongs_to_init(task)) {
    if (auto end = end_with_killed_thread(task, order_.whom)) early_end_ = *std::move(end);
  }
  resume(task, 0);
}

void InitGate::at_event_stop(pid_t task, int signal) {
  // A group stop lasts until SIGCONT; the task must stay stopped and yet notice it.
  if (signal != SIGTRAP) {
    (void)::ptrace(PTRACE_LISTEN, task, nullptr, nullptr);
    return;
  }
  if (belongs_to_init(task)) return resume(task, 0);
  // A process, not a thread, that the runtime cloned is none of ours.
  if (unborn_.erase(task) == 0) seen_early_.insert(task);
  children_.add(task);
}

void InitGate::at_birth(pid_t parent) {
  unsigned long child = 0;
  if (::ptrace(PTRACE_GETEVENTMSG, parent, nullptr, &child) == 0) {
    const auto task = static_cast<pid_t>(child);
    if (seen_early_.erase(task) == 0) unborn_.insert(task);
  }
  resume(parent, 0);
}

void InitGate::let_go(pid_t child) { (void)::ptrace(PTRACE_DETACH, child, nullptr, nullptr); }

// Each, or it would end with this process.
void InitGate::let_go_of_children() {
  for (const pid_t child : children_.take_all()) let_go(child);
  for (const pid_t child : unborn_) {
    if (wait_briefly(child)) let_go(child);
  }
}

// The exec event would come to the same end; killing now names the cause.
void InitGate::at_syscall(pid_t task) {
  if (!watching_syscalls_ || !belongs_to_init(task)) return resume(task, 0);
  const auto goes_on = before_.at_syscall(task);
  if (goes_on) {
    watching_syscalls_ = *goes_on;
    return resume(task, 0);
  }
  if (is_still_stopped(task)) early_end_ = kill_unproved(init_, order_, goes_on.error().sentence());
}

}  // namespace bulkhead::kernel
