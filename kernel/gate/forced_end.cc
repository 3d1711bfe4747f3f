#include "kernel/gate/forced_end.h"

#include <sys/ptrace.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "base/text.h"
#include "kernel/gate/registers.h"
#include "kernel/tasks/observe.h"
#include "policy/syscalls/call_names.h"

namespace bulkhead::kernel {

namespace {

constexpr std::array<int, 6> kFaults = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP};

bool is_caught(pid_t task, int signal) {
  const auto status = read_task_status(task);
  return !status || (status->caught_signals >> (signal - 1) & 1) != 0;
}

std::string_view probable_cause(int signal) {
  switch (signal) {
    case SIGSYS:
      return "its seccomp profile refuses a system call that the runtime needs to start it";
    case SIGSEGV:
    case SIGBUS:
      return "the program cannot be mapped (a damaged file, or too low a limit on memory), or the "
             "seccomp profile denies what the runtime needs";
    default: return "a fault of the runtime, or of a program that cannot be started";
  }
}

}  // namespace

std::optional<Fault> uncaught_fault(pid_t stopped, int signal) {
  if (std::ranges::find(kFaults, signal) == kFaults.end()) return std::nullopt;
  siginfo_t info{};
  const bool known = ::ptrace(PTRACE_GETSIGINFO, stopped, nullptr, &info) == 0;
  if (!known || info.si_code <= 0 || is_caught(stopped, signal)) return std::nullopt;
  return Fault{.signal = signal, .refused_call = signal == SIGSYS ? info.si_syscall : -1};
}

void end_by_fault(pid_t stopped, const Fault& fault) {
  const std::uint64_t all = ~std::uint64_t{0};
  const auto registers = read_registers(stopped);
  if (registers) (void)write_registers(stopped, faulting_again(*registers, fault.refused_call));
  (void)::ptrace(PTRACE_SETSIGMASK, stopped, sizeof all, &all);
  if (::ptrace(PTRACE_DETACH, stopped, nullptr, nullptr) != 0) (void)::kill(stopped, SIGKILL);
}

std::string sentence_of(const Fault& fault) {
  std::string text = base::cat("signal ", fault.signal, " (SIG", ::sigabbrev_np(fault.signal),
                               ") ended the container before its program ran");
  if (fault.refused_call >= 0) {
    text += base::cat(", at ", policy::call_name(native_audit_arch(),
                                                 static_cast<std::uint32_t>(fault.refused_call)));
  }
  return base::cat(text, ": ", probable_cause(fault.signal));
}

}  // namespace bulkhead::kernel
