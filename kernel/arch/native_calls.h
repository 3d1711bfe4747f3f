// What system calls of this machine's own numbers do, as far as a tracer has to know before they
// are made. The calls are the same on every architecture, and their numbers are <sys/syscall.h>'s.
#pragma once

#include <cstdint>
#include <span>

namespace bulkhead::kernel {

// Whether a call, by its number and arguments, may take CAP_SYS_ADMIN from its caller: capset(2),
// and a change to another user than root.
[[nodiscard]] bool gives_privileges_away(std::uint64_t nr, std::span<const std::uint64_t, 6> args);

// execve(2), execveat(2).
[[nodiscard]] bool enters_exec(std::uint64_t nr);

// Calls that make a process, for which a caller may wait until it executes a program (vfork(2)).
[[nodiscard]] bool makes_processes(std::uint64_t nr);

}  // namespace bulkhead::kernel
