#include "kernel/gate/forced_end.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "base/counted.h"
#include "base/text.h"
#include "kernel/arch/native_calls.h"
#include "kernel/arch/registers.h"
#include "kernel/gate/last_words.h"
#include "kernel/gate/program_image.h"
#include "kernel/observe/observe.h"
#include "kernel/tasks/proc_file.h"
#include "policy/syscalls/call_names.h"

namespace bulkhead::kernel {

namespace {

constexpr std::array<int, 6> kFaults = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP};

bool is_caught(pid_t task, int signal) {
  const auto status = read_task_status(task);
  return !status || (status->caught_signals >> (signal - 1) & 1) != 0;
}

struct MemoryLimit {
  std::string_view line;  // how /proc/<pid>/limits begins it
  std::string_view name;
  std::uint64_t enough;
};

constexpr std::array<MemoryLimit, 3> kMemoryLimits = {{
    {"Max address space", "RLIMIT_AS", 1 << 30},
    {"Max data size", "RLIMIT_DATA", 1 << 30},
    {"Max stack size", "RLIMIT_STACK", 1 << 20},
}};

// "Max data size             4096                 unlimited            bytes"
std::optional<std::uint64_t> soft_limit(std::string_view text, std::string_view line) {
  const std::size_t begin = text.find(line);
  if (begin == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(begin + line.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return base::parse_decimal(rest.substr(0, rest.find(' ')));
}

bool is_in_exec(pid_t stopped) {
  const auto registers = read_registers(stopped);
  return registers && enters_exec(current_call(*registers));
}

// "signal 9 (SIGKILL)"
std::string named(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return base::cat("signal ", signal, name == nullptr ? "" : base::cat(" (SIG", name, ")"));
}

std::string listed(const std::vector<std::string>& limits) {
  std::string text;
  for (const std::string& limit : limits) text += base::cat(text.empty() ? "" : ", ", limit);
  return text;
}

std::string cause_of_unmapped(const Fault& fault) {
  const std::string file = base::quoted(fault.unmapped);
  if (fault.limits.empty()) {
    return base::cat(file, ", or the loader that it names, cannot be mapped: the file is damaged");
  }
  return base::cat(file, " cannot be mapped: ", listed(fault.limits),
                   " is too low for it, or the file is damaged");
}

std::string probable_cause(const Fault& fault) {
  if (fault.signal == SIGSYS) {
    return "its seccomp profile refuses a system call that the runtime needs to start it";
  }
  if (!fault.unmapped.empty()) return cause_of_unmapped(fault);
  if (!fault.limits.empty()) {
    return base::cat("a fault of the runtime, for which ", listed(fault.limits),
                     " may be too low, or its seccomp profile too strict");
  }
  return "a fault of the runtime, for which its seccomp profile may be too strict";
}

// Over what would be executed next.
bool put_code(pid_t stopped, const FaultingState& state) {
  const std::uint64_t at = instruction_pointer(state.registers);
  errno = 0;
  long word = ::ptrace(PTRACE_PEEKTEXT, stopped, at, nullptr);
  if (errno != 0) return false;
  std::memcpy(&word, state.code.data(), state.code.size());
  return ::ptrace(PTRACE_POKETEXT, stopped, at, word) == 0;
}

// What faulted may not fault again: another thread has mapped what was missing, say.
bool lead_to_fault(pid_t stopped, const Fault& fault) {
  const auto registers = read_registers(stopped);
  if (!registers) return false;
  if (fault.refused_call >= 0) {
    return write_registers(stopped, asking_again(*registers, fault.refused_call)).has_value();
  }
  FaultingState state = faulting_by(*registers, fault.signal);
  if (!state.code.empty() && !put_code(stopped, state)) state = faulting_by(*registers, SIGSEGV);
  return write_registers(stopped, state.registers).has_value();
}

}  // namespace

std::optional<Fault> uncaught_fault(pid_t stopped, int signal) {
  if (std::ranges::find(kFaults, signal) == kFaults.end()) return std::nullopt;
  siginfo_t info{};
  const bool known = ::ptrace(PTRACE_GETSIGINFO, stopped, nullptr, &info) == 0;
  if (!known || info.si_code <= 0 || is_caught(stopped, signal)) return std::nullopt;
  Fault fault{.signal = signal, .refused_call = signal == SIGSYS ? info.si_syscall : -1};
  if (is_in_exec(stopped)) fault.unmapped = program_path_of(stopped);
  const auto limits = read_proc_file(proc_path("/proc", stopped, "limits"));
  if (limits) fault.limits = low_memory_limits(*limits);
  return fault;
}

GateOutcome end_by_fault(pid_t stopped, const Fault& fault, std::string_view whom) {
  GateOutcome outcome{.result = GateResult::faulted, .program = stopped};
  outcome.sentence = sentence_of(fault, whom);
  LastWords(stopped).say(outcome.sentence);
  const std::uint64_t all = ~std::uint64_t{0};
  const bool leads = lead_to_fault(stopped, fault);
  (void)::ptrace(PTRACE_SETSIGMASK, stopped, sizeof all, &all);
  if (!leads || ::ptrace(PTRACE_DETACH, stopped, nullptr, nullptr) != 0)
    (void)::kill(stopped, SIGKILL);
  return outcome;
}

int wait_status_at_exit(pid_t exiting) {
  unsigned long status = 0;
  if (::ptrace(PTRACE_GETEVENTMSG, exiting, nullptr, &status) != 0) return 0;
  return static_cast<int>(status);
}

bool is_killed_by_filter(pid_t exiting) { return WTERMSIG(wait_status_at_exit(exiting)) == SIGSYS; }

std::optional<GateOutcome> end_with_killed_thread(pid_t exiting, std::string_view whom) {
  const auto task = read_task_status(exiting);
  if (!task || ::kill(task->thread_group, SIGKILL) != 0) return std::nullopt;
  return GateOutcome{.result = GateResult::faulted,
                     .program = task->thread_group,
                     .sentence = sentence_of({.signal = SIGSYS}, whom)};
}

std::vector<std::string> low_memory_limits(std::string_view text) {
  std::vector<std::string> low;
  for (const MemoryLimit& limit : kMemoryLimits) {
    const auto soft = soft_limit(text, limit.line);
    if (soft && *soft < limit.enough) {
      low.push_back(base::cat(limit.name, " (", base::counted(*soft, "byte"), ")"));
    }
  }
  return low;
}

std::string manner_of_end(int status) {
  if (!WIFSIGNALED(status)) return {};
  const int signal = WTERMSIG(status);
  std::string text = base::cat(": ", named(signal), " ended it");
  if (signal != SIGKILL) return text;
  return base::cat(text, ", which somebody sent, or the kernel for lack of memory or of CPU time ",
                   "(RLIMIT_CPU)");
}

std::string sentence_of(const Fault& fault, std::string_view whom) {
  std::string text = base::cat(named(fault.signal), " ended ", whom, " before its program ran");
  if (fault.refused_call >= 0) {
    text += base::cat(", at ", policy::call_name(native_audit_arch(),
                                                 static_cast<std::uint32_t>(fault.refused_call)));
  }
  return base::cat(text, ": ", probable_cause(fault));
}

}  // namespace bulkhead::kernel
