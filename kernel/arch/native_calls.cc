#include "kernel/arch/native_calls.h"

#include <sys/syscall.h>

namespace bulkhead::kernel {

namespace {

constexpr std::uint32_t kUnchanged = ~std::uint32_t{0};  // setresuid(2): leave this id alone

// The argument that becomes the effective user id, for the calls that have one.
int effective_uid_argument(std::uint64_t nr) {
  switch (nr) {
    case SYS_setuid: return 0;
    case SYS_setreuid: return 1;
    case SYS_setresuid: return 1;
    default: return -1;
  }
}

}  // namespace

bool gives_privileges_away(std::uint64_t nr, std::span<const std::uint64_t, 6> args) {
  if (nr == SYS_capset) return true;
  const int argument = effective_uid_argument(nr);
  if (argument < 0) return false;
  const auto uid = static_cast<std::uint32_t>(args[static_cast<std::size_t>(argument)]);
  return uid != 0 && uid != kUnchanged;
}

bool enters_exec(std::uint64_t nr) { return nr == SYS_execve || nr == SYS_execveat; }

// Younger architectures have no vfork(2): it is a way to call clone there.
bool makes_processes(std::uint64_t nr) {
#ifdef SYS_vfork
  if (nr == SYS_vfork) return true;
#endif
  return nr == SYS_clone || nr == SYS_clone3;
}

}  // namespace bulkhead::kernel
