// Faults of a held task. The kernel does not let a traced pid 1 of a pid namespace die of a signal
// that it forces on it (SIGNAL_UNKILLABLE stays set for traced tasks: force_sig_info_to_task), so a
// fault before the program's exec would loop for ever, and a SIGSYS would be lost. Untraced it
// dies.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/gate/gate_order.h"

namespace bulkhead::kernel {

struct Fault {
  int signal = 0;
  long refused_call = -1;  // of SIGSYS: the number of the system call; else -1
  // The program whose exec failed past its point of no return, as /proc/<pid>/exe names it; empty
  // where the fault was another's.
  std::string unmapped;
  std::vector<std::string> limits;  // low ones of the task, on memory: "RLIMIT_DATA (4096 bytes)"
};

// Whether the signal that a stopped task is about to get is a fault of its own: synchronous, sent
// by the kernel, and not caught by the task.
[[nodiscard]] std::optional<Fault> uncaught_fault(pid_t stopped, int signal);

// Says why on the task's own stderr, and lets go of it so that it dies of that fault, as it would
// have without a tracer: it is led to where it faults alike, with every signal blocked, so that the
// kernel's forced one is fatal. `whom` as in sentence_of(). Returns GateResult::faulted.
[[nodiscard]] GateOutcome end_by_fault(pid_t stopped, const Fault& fault, std::string_view whom);

// The wait status of a task that is at its PTRACE_EVENT_EXIT; 0 where it is not there any more.
[[nodiscard]] int wait_status_at_exit(pid_t exiting);

// Whether it is a filter that killed the task, which is at its PTRACE_EVENT_EXIT.
[[nodiscard]] bool is_killed_by_filter(pid_t exiting);

// Kills the process of a task that a filter killed, and that is the outcome: SCMP_ACT_KILL ends one
// thread alone, and the others of a runtime would wait for it for ever.
[[nodiscard]] std::optional<GateOutcome> end_with_killed_thread(pid_t exiting,
                                                                std::string_view whom);

// "signal 11 (SIGSEGV) ended the container before its program ran: …", with what is probable.
// `whom`: "the container".
[[nodiscard]] std::string sentence_of(const Fault& fault, std::string_view whom);

// How a container's first process ended, by its wait status, as ": …" behind a sentence; empty
// where it ended by itself.
[[nodiscard]] std::string manner_of_end(int status);

// Of the text of /proc/<pid>/limits, the soft limits on memory that may be too low for a program to
// be started: less than 1 GiB for its addresses or its data, less than 1 MiB for its stack.
[[nodiscard]] std::vector<std::string> low_memory_limits(std::string_view text);

}  // namespace bulkhead::kernel
