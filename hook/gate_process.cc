#include "hook/gate_process.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/files.h"
#include "base/unique_fd.h"
#include "kernel/gate/apparmor_exec.h"

namespace bulkhead::hook {

using base::Error;
using base::ErrorCode;
using base::fail_errno;
using base::Result;

namespace {

constexpr int kReplyFd = 3;

// Where hook and gate meet. The gate writes; the hook reads once the pipe has told it to.
struct Meeting {
  kernel::GateOrder order;
  const GateDuties& duties;
  int reply;                     // the write end of a pipe
  std::optional<Error> failure;  // why the gate does not hold
};

// No signal to the runtime's group or terminal is for the gate.
void become_independent() {
  ::setsid();
  kernel::name_this_process_gate();
  for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) ::signal(signal, SIG_IGN);
}

// Nothing of the runtime's is kept: terminal, pipes, working directory.
void let_go_of_descriptors(int reply) {
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
  if (reply != kReplyFd) ::dup3(reply, kReplyFd, O_CLOEXEC);
  ::close_range(kReplyFd + 1, ~0U, 0);
  if (::chdir("/") != 0) return;  // any directory serves as well
}

Result<kernel::Gate> hold(kernel::GateOrder order) {
  if (auto left = kernel::leave_own_profile(); !left) return std::unexpected(left.error());
  return kernel::Gate::attach(std::move(order));
}

int run_gate(void* argument) {
  auto& meeting = *static_cast<Meeting*>(argument);
  become_independent();
  auto gate = hold(std::move(meeting.order));
  if (!gate) {
    meeting.failure = std::move(gate.error());
    ::_exit(EXIT_FAILURE);
  }
  meeting.duties.when_held();
  let_go_of_descriptors(meeting.reply);
  if (!base::write_all(kReplyFd, "h", "the hook")) ::_exit(EXIT_FAILURE);
  ::close(kReplyFd);
  meeting.duties.conclude(gate->run());
  ::_exit(EXIT_SUCCESS);
}

// As much as a process's first stack may grow to by default; only what is used is ever there. The
// lowest page is left out, so that running over the end is a fault and not damage.
Result<void*> map_stack() {
  constexpr std::size_t kStackBytes = 8 << 20;
  constexpr std::size_t kPage = 4096;
  void* const bottom = ::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (bottom == MAP_FAILED || ::mprotect(bottom, kPage, PROT_NONE) != 0) {
    return fail_errno(ErrorCode::kernel, "make", "the gate's stack");
  }
  return static_cast<char*>(bottom) + kStackBytes;
}

// The write end is closed here as soon as the gate has its own.
Result<pid_t> start(Meeting& meeting, base::UniqueFd& write_end) {
  const auto stack = map_stack();
  if (!stack) return std::unexpected(stack.error());
  const pid_t gate = ::clone(run_gate, *stack, CLONE_VM | SIGCHLD, &meeting);
  if (gate < 0) return fail_errno(ErrorCode::kernel, "start", "the gate");
  write_end.reset();
  return gate;
}

// Whether a byte came before the end.
bool holds(int reply) {
  char byte = 0;
  ssize_t size = 0;
  do {
    size = ::read(reply, &byte, 1);
  } while (size < 0 && errno == EINTR);
  return size == 1;
}

}  // namespace

Error leave_gate_behind(kernel::GateOrder order, const GateDuties& duties) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return fail_errno(ErrorCode::kernel, "make", "a pipe").error();
  }
  const base::UniqueFd read_end(ends[0]);
  base::UniqueFd write_end(ends[1]);
  Meeting meeting{.order = std::move(order), .duties = duties, .reply = ends[1], .failure = {}};
  const auto gate = start(meeting, write_end);
  if (!gate) return gate.error();
  // Once it holds, the memory is the gate's: nothing is to be done here but to end.
  if (holds(read_end.get())) ::_exit(EXIT_SUCCESS);
  ::waitpid(*gate, nullptr, 0);
  if (meeting.failure) return *std::move(meeting.failure);
  return {ErrorCode::internal, "the gate ended before it held the container", {}};
}

}  // namespace bulkhead::hook
