// How the stops of traced tasks are told apart (ptrace(2)), for both doors.
#pragma once

#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdint>
#include <optional>

namespace bulkhead::kernel {

inline constexpr int kSyscallStop = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD

// What both doors seize with, beside what they follow.
inline constexpr std::uintptr_t kGateOptions = PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE |
                                               PTRACE_O_TRACEEXIT | PTRACE_O_TRACESYSGOOD |
                                               PTRACE_O_EXITKILL;

inline int event_of(int status) { return status >> 16; }

// The signal that a task gets when it goes on from a stop.
inline int pending_signal(int status) {
  const int signal = WSTOPSIG(status);
  return event_of(status) != 0 || signal == kSyscallStop ? 0 : signal;
}

// The next status of a traced task that is about to stop. Nothing where none came within two
// seconds (a task that waits in vfork, or in the freezer, never stops), or there is no such task.
[[nodiscard]] std::optional<int> wait_briefly(pid_t task);

}  // namespace bulkhead::kernel
