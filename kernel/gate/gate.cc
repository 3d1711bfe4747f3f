#include "kernel/gate/gate.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/gate/apparmor_exec.h"
#include "kernel/gate/registers.h"
#include "kernel/gate/remote_calls.h"
#include "kernel/tasks/observe.h"
#include "kernel/tasks/ptrace.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::fail_errno;
using base::Result;

namespace {

constexpr std::string_view kGateName = "bulkhead-gate";  // at most 15 bytes (TASK_COMM_LEN)
constexpr int kSyscallStop = SIGTRAP | 0x80;             // PTRACE_O_TRACESYSGOOD
constexpr std::uintptr_t kOptions =
    PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;

int event_of(int status) { return status >> 16; }

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

Result<std::set<pid_t>> threads_of(pid_t process) {
  const std::string path = cat("/proc/", process, "/task");
  const std::unique_ptr<DIR, CloseDirectory> directory(::opendir(path.c_str()));
  if (!directory) return fail_errno(ErrorCode::kernel, "list the threads in", path);
  std::set<pid_t> threads;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (const auto number = base::parse_decimal(entry->d_name)) {
      threads.insert(static_cast<pid_t>(*number));
    }
  }
  return threads;
}

// A thread may end before it is seized, or may have been attached as the clone of a seized one.
Result<void> seize_thread(pid_t thread) {
  auto seized = seize(thread, kOptions);
  if (seized) return {};
  const auto status = read_task_status(thread);
  if (!status || status->tracer == ::getpid()) return {};
  return seized;
}

// New threads of seized ones are attached by the kernel (PTRACE_O_TRACECLONE); those of threads
// that were not yet seized show up in the next round.
Result<std::set<pid_t>> seize_all(pid_t process) {
  std::set<pid_t> seized;
  for (;;) {
    const auto threads = threads_of(process);
    if (!threads) return std::unexpected(threads.error());
    const std::size_t before = seized.size();
    for (const pid_t thread : *threads) {
      if (!seized.insert(thread).second) continue;
      if (auto done = seize_thread(thread); !done) return std::unexpected(done.error());
    }
    if (seized.size() == before) return seized;
  }
}

struct SyscallEntryStop {
  std::uint64_t nr;
  std::array<std::uint64_t, 6> args;
};

// The call that a task is about to enter; nothing at other stops and for calls of another ABI.
std::optional<SyscallEntryStop> syscall_entry(pid_t task) {
  __ptrace_syscall_info info;
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, task, sizeof info, &info) <= 0 ||
      info.op != PTRACE_SYSCALL_INFO_ENTRY || info.arch != native_audit_arch()) {
    return std::nullopt;
  }
  SyscallEntryStop entry{.nr = info.entry.nr, .args = {}};
  std::ranges::copy(info.entry.args, entry.args.begin());
  return entry;
}

struct NamedCall {
  std::string_view name;
  std::uint32_t nr;
};
constexpr std::array<NamedCall, 3> kCallsOfInstalling = {{
    {"mmap", SYS_mmap},
    {"munmap", SYS_munmap},
    {"seccomp", SYS_seccomp},
}};

// Of the calls that installing takes, the first that a filter does not allow whatever its
// arguments.
std::optional<std::string_view> first_forbidden(const policy::FilterProgram& filter) {
  for (const NamedCall& call : kCallsOfInstalling) {
    const auto answer = policy::evaluate(filter, {.nr = call.nr, .arch = native_audit_arch()});
    if (answer.action != oci_config::SeccompAction::allow) return call.name;
  }
  return std::nullopt;
}

// The runtime installs the planned filter too, and mostly before the gate.
Result<void> check_provable(const GateOrder& order) {
  if (!order.filters_unreadable || !order.expectation.filter) return {};
  const auto forbidden = first_forbidden(*order.expectation.filter);
  if (!forbidden) return {};
  return fail(ErrorCode::unsupported,
              cat("filters cannot be read back in a user namespace, and the planned one does not "
                  "allow ",
                  *forbidden, ", by which the gate would have the kernel confirm it"),
              "allow mmap, munmap and seccomp in the profile, or set \"prove\" to \"never\"");
}

bool may_install(const policy::ObservedState& observed) {
  return observed.no_new_privileges || (observed.capabilities.effective >> CAP_SYS_ADMIN & 1) != 0;
}

// The container's own stderr, so that whoever reads its log learns why there is nothing else in it.
base::UniqueFd stderr_of(pid_t process) {
  const base::UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!handle.valid()) return {};
  return base::UniqueFd(
      static_cast<int>(::syscall(SYS_pidfd_getfd, handle.get(), STDERR_FILENO, 0)));
}

// Never waits for a reader that does not read.
void tell(const base::UniqueFd& container_stderr, std::string_view sentence) {
  pollfd ready{.fd = container_stderr.get(), .events = POLLOUT, .revents = 0};
  if (!container_stderr.valid() || ::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) {
    return;
  }
  const std::string line = cat("bulkhead: ", sentence, "\n").substr(0, 1024);
  [[maybe_unused]] const ssize_t written =
      ::write(container_stderr.get(), line.data(), line.size());
}

// A traced task answers only while it is stopped; one that was killed meanwhile does not.
bool is_still_stopped(pid_t task) {
  unsigned long message = 0;
  return ::ptrace(PTRACE_GETEVENTMSG, task, nullptr, &message) == 0;
}

using Clock = std::chrono::steady_clock;

std::uint64_t microseconds_since(Clock::time_point start) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
}

}  // namespace

Result<Gate> Gate::attach(GateOrder order) {
  if (auto provable = check_provable(order); !provable)
    return std::unexpected(std::move(provable.error()));
  Gate gate(std::move(order));
  const pid_t init = gate.order_.init;
  const auto status = read_task_status(init);
  if (!status) return std::unexpected(status.error());
  if (status->thread_group != init) {
    return fail(ErrorCode::invalid_input, cat(init, " is a thread of process ",
                                              status->thread_group, ", not a container's init"));
  }
  auto threads = seize_all(init);
  if (!threads) return std::unexpected(std::move(threads.error()).within("holding the container"));
  // Only tracing its calls tells when the init is about to give its privileges away, or to exec.
  gate.watching_syscalls_ = gate.must_install_before_exec() || !gate.order_.exec_label.empty();
  if (gate.watching_syscalls_) (void)::ptrace(PTRACE_INTERRUPT, init, nullptr, nullptr);
  return gate;
}

bool Gate::installs() const { return order_.task == GateTask::install || order_.log_beside; }

// With no_new_privs a filter can be installed after the exec; without, it must be while the init
// has its privileges.
bool Gate::must_install_before_exec() const {
  return installs() && !order_.expectation.no_new_privileges;
}

bool Gate::belongs_to_init(pid_t task) const {
  return ::syscall(SYS_tgkill, order_.init, task, 0) == 0;
}

void Gate::resume(pid_t task, int signal) const {
  const bool stops_at_calls = watching_syscalls_ && task == order_.init;
  const auto request = stops_at_calls ? PTRACE_SYSCALL : PTRACE_CONT;
  (void)::ptrace(request, task, nullptr, static_cast<long>(signal));
}

GateOutcome Gate::run() {
  for (;;) {
    int status = 0;
    const pid_t task = ::waitpid(-1, &status, __WALL);
    if (task < 0 && errno == EINTR) continue;
    if (task < 0) return {.result = GateResult::ended};
    if (!WIFSTOPPED(status)) continue;
    if (event_of(status) == PTRACE_EVENT_EXEC && task == order_.init) return at_exec();
    pass_on(task, status);
    // The exec event would come to the same end; killing now names the cause.
    if (!install_failure_.empty()) return kill(std::move(install_failure_));
  }
}

// Every stop but the init's exec.
void Gate::pass_on(pid_t task, int status) {
  const int signal = WSTOPSIG(status);
  switch (event_of(status)) {
    case 0:
      if (signal == kSyscallStop) return at_syscall(task);
      return resume(task, signal);
    case PTRACE_EVENT_STOP:
      // A group stop lasts until SIGCONT; the task must stay stopped and yet notice it.
      if (signal != SIGTRAP) {
        (void)::ptrace(PTRACE_LISTEN, task, nullptr, nullptr);
        return;
      }
      // A process, not a thread, that the runtime cloned is none of ours.
      if (!belongs_to_init(task)) {
        (void)::ptrace(PTRACE_DETACH, task, nullptr, nullptr);
        return;
      }
      return resume(task, 0);
    default: return resume(task, 0);
  }
}

void Gate::at_syscall(pid_t task) {
  const auto entry = watching_syscalls_ ? syscall_entry(task) : std::nullopt;
  // A runtime that gives nothing away still comes to its exec, the last moment for a label.
  const bool is_time = entry && (gives_privileges_away(entry->nr, entry->args) ||
                                 (!order_.exec_label.empty() && enters_exec(entry->nr)));
  if (!is_time || !belongs_to_init(task)) return resume(task, 0);
  if (auto done = work_before_exec(task, entry->nr, entry->args); !done) {
    if (is_still_stopped(task)) install_failure_ = done.error().sentence();
    return;
  }
  watching_syscalls_ = false;
  resume(task, 0);
}

// The label first: the filter may forbid what that takes.
Result<void> Gate::work_before_exec(pid_t task, std::uint64_t nr,
                                    const std::array<std::uint64_t, 6>& args) {
  auto calls = RemoteCalls::at_syscall_entry(task);
  if (!calls) return std::unexpected(calls.error());
  Result<void> done;
  if (!order_.exec_label.empty()) done = set_exec_label(*calls, order_.exec_label);
  if (done && must_install_before_exec() && gives_privileges_away(nr, args)) {
    done = install_filters(*calls);
    installed_ = done.has_value();
  }
  return done ? calls->finish() : done;
}

// Each filter after the first, like the runtime's before it, must let the gate's own calls pass, or
// the container is killed.
Result<void> Gate::install_filters(RemoteCalls& calls) {
  const policy::Expectation& expected = order_.expectation;
  Result<void> done;
  if (order_.log_beside) install_log_beside(calls);
  if (order_.task != GateTask::install) return done;
  if (!order_.only_stacked) {
    done = install_filter(calls, *expected.filter, {.log = order_.log_denials});
  }
  if (done && expected.stacked) {
    done = install_filter(calls, *expected.stacked, {.log = order_.log_denials});
  }
  return done;
}

// The runtime's filter holds already, and would kill or stop at a call that it does not allow.
void Gate::install_log_beside(RemoteCalls& calls) {
  const policy::FilterProgram& filter = *order_.expectation.filter;
  if (const auto forbidden = first_forbidden(filter)) {
    unlogged_ =
        cat("the filter does not allow ", *forbidden, ", by which the gate would make it log");
    return;
  }
  if (auto done = install_filter(calls, filter, {.log = true}); !done) {
    unlogged_ = done.error().sentence();
  }
}

Result<policy::ObservedState> Gate::observe() const {
  ObserveOptions options = options_for(order_.expectation);
  options.apparmor = order_.apparmor;
  if (!order_.filters_unreadable) return observe_stopped(order_.init, options);
  std::vector<policy::FilterProgram> taken;
  const policy::Expectation& planned = order_.expectation;
  if (installed_ && planned.stacked) taken.push_back(*planned.stacked);
  if (installed_ && planned.filter) taken.push_back(*planned.filter);
  options.taken = &taken;
  return observe_stopped(order_.init, options);
}

Result<policy::ObservedState> Gate::install_after_exec() {
  auto calls = RemoteCalls::after_exec(order_.init);
  if (!calls) return std::unexpected(calls.error());
  auto installed = install_filters(*calls);
  if (installed) installed = calls->finish();
  if (!installed) return std::unexpected(installed.error());
  installed_ = true;
  return observe();
}

// Installs where that is the task and still possible, and observes. Where no_new_privs is planned,
// the kernel's answer to seccomp(2) tells as well as a look beforehand, and the init is stopped for
// less.
Result<policy::ObservedState> Gate::install_and_observe() {
  if (installs() && !installed_ && order_.expectation.no_new_privileges) {
    return install_after_exec();
  }
  auto observed = observe();
  if (!observed || !installs() || installed_ || !may_install(*observed)) return observed;
  return install_after_exec();
}

Result<policy::Verdict> Gate::prove(GateOutcome& outcome) {
  const auto observed = install_and_observe();
  if (!observed) return std::unexpected(observed.error());
  if (order_.log_beside && !installed_ && unlogged_.empty()) {
    unlogged_ = "the init had no privilege left to install it";
  }
  outcome.unlogged = unlogged_;
  policy::Verdict verdict = policy::judge(order_.expectation, *observed);
  if (order_.filters_unreadable && verdict.filter_proof == policy::FilterProof::same_program)
    verdict.filter_proof = policy::FilterProof::taken;
  outcome.proof = verdict.filter_proof;
  if (verdict.filter_proof == policy::FilterProof::analysed) {
    outcome.analysed_stack = policy::stack_digest(observed->filters);
  }
  return verdict;
}

GateOutcome Gate::at_exec() {
  const auto start = Clock::now();
  GateOutcome outcome;
  const auto verdict = prove(outcome);
  if (!verdict && !is_still_stopped(order_.init)) return {.result = GateResult::ended};
  if (!verdict && order_.task != GateTask::watch) {
    outcome = kill(verdict.error().sentence());
  } else if (!verdict) {
    outcome = conclude(std::move(outcome), {.differences = {{"kernel", verdict.error().sentence()}},
                                            .filter_proof = policy::FilterProof::failed});
  } else {
    outcome = conclude(std::move(outcome), *verdict);
  }
  outcome.stopped_us = microseconds_since(start);
  return outcome;
}

GateOutcome Gate::conclude(GateOutcome outcome, const policy::Verdict& verdict) {
  if (!verdict.holds() && order_.task != GateTask::watch) return kill(verdict.sentence());
  outcome.result = !verdict.holds()                                 ? GateResult::differs
                   : installed_ && order_.task == GateTask::install ? GateResult::installed
                                                                    : GateResult::proved;
  outcome.sentence = verdict.sentence();
  // The point of no return: from here the container's program runs.
  (void)::ptrace(PTRACE_DETACH, order_.init, nullptr, nullptr);
  return outcome;
}

GateOutcome Gate::kill(std::string sentence) {
  const base::UniqueFd container_stderr = stderr_of(order_.init);
  (void)::kill(order_.init, SIGKILL);
  tell(container_stderr, cat("the container was killed before its program ran: ", sentence));
  return {.result = GateResult::killed, .sentence = std::move(sentence)};
}

bool is_gate(pid_t process) {
  const std::string path = cat("/proc/", process, "/comm");
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char name[32];
  const ssize_t size = file.valid() ? ::read(file.get(), name, sizeof name) : 0;
  return size == static_cast<ssize_t>(kGateName.size()) + 1 &&
         std::string_view(name, kGateName.size()) == kGateName;
}

void name_this_process_gate() { (void)::prctl(PR_SET_NAME, kGateName.data()); }

}  // namespace bulkhead::kernel
