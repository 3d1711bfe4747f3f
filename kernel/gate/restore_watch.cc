#include "kernel/gate/restore_watch.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>

#include "base/text.h"
#include "kernel/arch/registers.h"
#include "kernel/gate/exec_proof.h"
#include "kernel/gate/last_words.h"
#include "kernel/observe/observe.h"
#include "kernel/remote/remote_calls.h"

namespace bulkhead::kernel {

using base::cat;
using base::Result;

namespace {

using Clock = std::chrono::steady_clock;

// Where ptrace(2) has its arguments.
constexpr std::size_t kRequest = 0;
constexpr std::size_t kTask = 1;
constexpr std::size_t kData = 3;

bool is_alive(const base::UniqueFd& handle) {
  return ::syscall(SYS_pidfd_send_signal, handle.get(), 0, nullptr, 0) == 0;
}

void kill_by(const base::UniqueFd& handle) {
  (void)::syscall(SYS_pidfd_send_signal, handle.get(), SIGKILL, nullptr, 0);
}

// Of tasks that were killed nobody but their tracer is told at first. A tracer that waits for the
// first process alone, as CRIU does, would wait for ever: that ends last.
bool reap(RemoteCalls& tracer, std::vector<pid_t> tasks, pid_t init) {
  constexpr useconds_t kPause = 1000;
  const auto end = Clock::now() + std::chrono::seconds(2);
  std::erase(tasks, init);
  const auto is_reaped = [&tracer](pid_t task) {
    const auto reaped = tracer.call(
        {.nr = SYS_wait4, .args = {static_cast<std::uint64_t>(task), 0, WNOHANG | __WALL, 0}});
    return !reaped || *reaped != 0;
  };
  while (!tasks.empty() && Clock::now() < end) {
    if (std::erase_if(tasks, is_reaped) == 0) ::usleep(kPause);
  }
  return tasks.empty();
}

std::string sentence_of(const policy::Verdict& verdict) {
  const bool lost = std::ranges::any_of(verdict.differences, [](const auto& difference) {
    return difference.subject == "no_new_privileges" || difference.subject == "root";
  });
  return cat(verdict.sentence(),
             lost ? "; CRIU 3.17 brings neither no_new_privs nor a read-only root back, 4.1 no "
                    "read-only root, 4.2 both"
                  : "");
}

}  // namespace

bool RestoreWatch::at_birth(pid_t restorer, pid_t child) {
  std::erase_if(children_, [](const Child& other) { return !is_alive(other.handle); });
  base::UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (handle.valid()) children_.push_back({restorer, child, std::move(handle)});
  if (!is_at(child, where_.home)) return false;
  add(child);
  return true;
}

RestoreWatch::Next RestoreWatch::at_syscall(pid_t restorer) {
  const auto entry = syscall_entry(restorer);
  if (!entry) {
    at_exit(restorer);
    return {};
  }
  if (entry->nr != SYS_ptrace) return {};
  const auto task = static_cast<pid_t>(entry->args[kTask]);
  switch (entry->args[kRequest]) {
    case PTRACE_TRACEME: forget(restorer); return {.is_let_go = true, .outcome = {}};
    case PTRACE_ATTACH:
    case PTRACE_SEIZE:
      seized_.insert(task);
      forget(task);
      helpers_.hand_over(task);
      break;
    case PTRACE_DETACH: {
      auto outcome = at_release(restorer, task);
      const bool is_let_go = outcome.has_value();
      return {.is_let_go = is_let_go, .outcome = std::move(outcome)};
    }
    default: break;
  }
  const bool sets_options =
      entry->args[kRequest] == PTRACE_SEIZE || entry->args[kRequest] == PTRACE_SETOPTIONS;
  if (sets_options && kills()) add_exit_kill(restorer, *entry);
  return {};
}

void RestoreWatch::add_exit_kill(pid_t restorer, const SyscallEntryStop& entry) {
  const auto at_call = read_registers(restorer);
  if (!at_call) return;
  const std::uint64_t data = entry.args[kData] | PTRACE_O_EXITKILL;
  if (!write_registers(restorer, with_argument(*at_call, kData, data))) return;
  restorers_[restorer].data_before = entry.args[kData];
}

// A compiler may count on the registers that a system call does not change.
void RestoreWatch::at_exit(pid_t restorer) {
  const auto data = std::exchange(restorers_[restorer].data_before, std::nullopt);
  if (!data) return;
  const auto at_call = read_registers(restorer);
  if (at_call) (void)write_registers(restorer, with_argument(*at_call, kData, *data));
}

bool RestoreWatch::is_of_container(pid_t task) const {
  const Place place = place_of(task);
  return place.is_known() && (where_.may_be_outside || place != where_.home);
}

std::vector<pid_t> RestoreWatch::tasks_held_by(pid_t restorer, pid_t first) const {
  std::vector<pid_t> tasks = {first};
  for (const pid_t task : seized_) {
    const auto status = read_task_status(task);
    if (task != first && status && status->tracer == restorer && is_of_container(task)) {
      tasks.push_back(task);
    }
  }
  return tasks;
}

pid_t RestoreWatch::init_among(const std::vector<pid_t>& tasks) const {
  const auto init = std::ranges::find_first_of(tasks, children_, {}, {}, &Child::process);
  return init == tasks.end() ? tasks.front() : *init;
}

Result<RestoreWatch::Judged> RestoreWatch::judge(RemoteFilters& filters, pid_t task,
                                                 pid_t init) const {
  auto known = filters.of(task);
  if (!known) return std::unexpected(std::move(known.error()));
  const policy::Expectation expected = task == init ? policy::after_checkpoint(order_.expectation)
                                                    : policy::lasting(order_.expectation);
  ObserveOptions options = options_for(expected);
  options.apparmor = !expected.apparmor_label.empty();
  options.known = &*known;
  const auto observed = observe_stopped(task, options);
  if (!observed) return std::unexpected(observed.error());
  return Judged{
      .verdict = policy::judge(expected, *observed),
      .filters = *std::move(known),
      .shown = {observed->filters.size(), observed->apparmor.name, observed->no_new_privileges}};
}

// The verdict on the first process, with what differs in the others.
Result<RestoreWatch::Judged> RestoreWatch::judge_all(RemoteCalls& calls,
                                                     const std::vector<pid_t>& tasks,
                                                     pid_t init) const {
  auto filters = RemoteFilters::in(calls);
  if (!filters) return std::unexpected(filters.error());
  Result<Judged> all = judge(*filters, init, init);
  for (const pid_t task : tasks) {
    if (!all || task == init) continue;
    auto other = judge(*filters, task, init);
    if (!other) return other;
    for (policy::Difference& difference : other->verdict.differences) {
      difference.sentence = cat("process ", task, ": ", difference.sentence);
      all->verdict.differences.push_back(std::move(difference));
    }
  }
  if (auto released = filters->release(); !released) return std::unexpected(released.error());
  return all;
}

GateOutcome RestoreWatch::conclude(const Result<Judged>& judged, pid_t init) const {
  GateOutcome outcome{.result = GateResult::proved, .program = init};
  if (judged) outcome.shown = judged->shown;
  if (judged && judged->verdict.holds()) {
    outcome.proof = judged->verdict.filter_proof;
    outcome.stack = policy::stack_digest(judged->filters);
    return outcome;
  }
  outcome.result = kills() ? GateResult::killed : GateResult::differs;
  if (judged) outcome.differences = judged->verdict.differences;
  outcome.sentence = judged ? sentence_of(judged->verdict) : judged.error().sentence();
  return outcome;
}

std::optional<GateOutcome> RestoreWatch::at_release(pid_t restorer, pid_t task) {
  if (!is_of_container(task)) return std::nullopt;
  const auto start = Clock::now();
  const auto tasks = tasks_held_by(restorer, task);
  const pid_t init = init_among(tasks);
  helpers_.announce(init);
  auto calls = RemoteCalls::at_syscall_entry(restorer);
  GateOutcome outcome = conclude(
      calls ? judge_all(*calls, tasks, init) : Result<Judged>(std::unexpected(calls.error())),
      init);
  if (outcome.result == GateResult::killed) end_all(tasks, outcome.sentence);
  const bool goes_on = calls &&
                       (outcome.result != GateResult::killed || reap(*calls, tasks, init)) &&
                       calls->finish();
  if (!is_still_stopped(restorer)) return std::nullopt;  // somebody killed it: its end is told next
  if (!goes_on && kills()) (void)::kill(restorer, SIGKILL);
  outcome.stopped_us = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
  return outcome;
}

void RestoreWatch::end_all(const std::vector<pid_t>& tasks, const std::string& sentence) const {
  for (const pid_t task : tasks) (void)::kill(task, SIGKILL);
  LastWords(where_.runtime).say(cat(order_.whom, " was killed before its program ran: ", sentence));
}

std::optional<GateOutcome> RestoreWatch::at_end(pid_t restorer, bool succeeded) {
  if (restorers_.erase(restorer) == 0) return std::nullopt;
  std::vector<pid_t> left;
  for (const Child& child : children_) {
    if (child.parent != restorer || !is_alive(child.handle)) continue;
    if (!is_of_container(child.process)) continue;
    left.push_back(child.process);
    if (kills()) kill_by(child.handle);
  }
  if (left.empty() || !succeeded) return std::nullopt;
  GateOutcome outcome = conclude(
      base::fail(base::ErrorCode::kernel,
                 "the program that restored it let it go where the gate could not ask the kernel"),
      left.front());
  if (kills()) end_all(left, outcome.sentence);
  return outcome;
}

}  // namespace bulkhead::kernel
