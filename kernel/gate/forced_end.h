// Faults of a held task. The kernel does not let a traced pid 1 of a pid namespace die of a signal
// that it forces on it (SIGNAL_UNKILLABLE stays set for traced tasks: force_sig_info_to_task), so a
// fault before the program's exec would loop for ever, and a SIGSYS would be lost. Untraced it
// dies.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace bulkhead::kernel {

struct Fault {
  int signal = 0;
  long refused_call = -1;  // of SIGSYS: the number of the system call; else -1
};

// Whether the signal that a stopped task is about to get is a fault of its own: synchronous, sent
// by the kernel, and not caught by the task.
[[nodiscard]] std::optional<Fault> uncaught_fault(pid_t stopped, int signal);

// Lets go of the task so that it dies of that fault, as it would have without a tracer: it is sent
// back to where it faults, with every signal blocked, so that the kernel's forced one is fatal.
void end_by_fault(pid_t stopped, const Fault& fault);

// "signal 11 (SIGSEGV) ended the container before its program ran", with what is probable.
[[nodiscard]] std::string sentence_of(const Fault& fault);

}  // namespace bulkhead::kernel
