#include "hook/gate_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "kernel/apparmor_exec.h"

namespace bulkhead::hook {

using base::ErrorCode;
using base::fail;
using base::fail_errno;
using base::Result;

namespace {

constexpr std::string_view kHolds = "holds";
constexpr std::size_t kMaxReplyBytes = 4096;
constexpr int kReplyFd = 3;

// Nothing of the runtime's is kept: terminal, pipes, working directory, signals to its group.
void become_independent(int reply) {
  ::setsid();
  kernel::name_this_process_gate();
  for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGPIPE}) ::signal(signal, SIG_IGN);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, standard);
  if (reply != kReplyFd) ::dup3(reply, kReplyFd, O_CLOEXEC);
  ::close_range(kReplyFd + 1, ~0U, 0);
  if (::chdir("/") != 0) return;  // any directory serves as well
}

// The reply is kHolds, or the error as "<code>\n<message>\n<remedy>"; its texts hold no newline.
std::string encode(const base::Error& error) {
  return base::cat(static_cast<int>(error.code), "\n", error.message, "\n", error.remedy);
}

base::Error decode(std::string_view reply) {
  const std::size_t first = reply.find('\n');
  const std::size_t second = reply.find('\n', first + 1);
  const auto code = base::parse_decimal(reply.substr(0, first));
  if (!code || second == std::string_view::npos) {
    return {ErrorCode::internal, "the gate ended before it held the container", {}};
  }
  return {static_cast<ErrorCode>(*code), std::string(reply.substr(first + 1, second - first - 1)),
          std::string(reply.substr(second + 1))};
}

Result<kernel::Gate> hold(const kernel::GateOrder& order) {
  if (auto left = kernel::leave_own_profile(); !left) return std::unexpected(left.error());
  return kernel::Gate::attach(order);
}

[[noreturn]] void run_child(const kernel::GateOrder& order, int reply,
                            const std::function<void(const kernel::GateOutcome&)>& conclude) {
  become_independent(reply);
  auto gate = hold(order);
  if (!gate) {
    (void)base::write_all(kReplyFd, encode(gate.error()), "the hook");
    ::_exit(EXIT_FAILURE);
  }
  if (!base::write_all(kReplyFd, kHolds, "the hook")) ::_exit(EXIT_FAILURE);
  ::close(kReplyFd);
  conclude(gate->run());
  ::_exit(EXIT_SUCCESS);
}

}  // namespace

Result<pid_t> leave_gate_behind(const kernel::GateOrder& order,
                                const std::function<void(const kernel::GateOutcome&)>& conclude) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(ErrorCode::kernel, "make", "a pipe");
  base::UniqueFd read_end(ends[0]);
  base::UniqueFd write_end(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return fail_errno(ErrorCode::kernel, "start", "the gate");
  if (child == 0) run_child(order, write_end.get(), conclude);
  write_end.reset();
  const auto reply = base::drain(read_end.get(), "the gate", kMaxReplyBytes);
  if (reply && *reply == kHolds) return child;
  ::waitpid(child, nullptr, 0);
  return std::unexpected(reply ? decode(*reply) : reply.error());
}

}  // namespace bulkhead::hook
