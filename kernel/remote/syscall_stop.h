// The system call that a traced task is about to enter.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>

namespace bulkhead::kernel {

struct SyscallEntryStop {
  std::uint64_t nr = 0;
  std::array<std::uint64_t, 6> args{};
};

// Of a task at a system call stop; nothing where it leaves the call, and for calls of another ABI.
[[nodiscard]] std::optional<SyscallEntryStop> syscall_entry(pid_t stopped);

}  // namespace bulkhead::kernel
