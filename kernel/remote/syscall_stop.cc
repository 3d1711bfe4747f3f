#include "kernel/remote/syscall_stop.h"

#include <sys/ptrace.h>

#include <algorithm>

#include "kernel/arch/registers.h"

namespace bulkhead::kernel {

std::optional<SyscallEntryStop> syscall_entry(pid_t stopped) {
  __ptrace_syscall_info info;
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, stopped, sizeof info, &info) <= 0 ||
      info.op != PTRACE_SYSCALL_INFO_ENTRY || info.arch != native_audit_arch()) {
    return std::nullopt;
  }
  SyscallEntryStop entry{.nr = info.entry.nr, .args = {}};
  std::ranges::copy(info.entry.args, entry.args.begin());
  return entry;
}

}  // namespace bulkhead::kernel
