// x86-64, native calls. The kernel decides at the end of the stop what becomes of the call, by what
// the register of its result holds (arch/x86/kernel/signal.c, arch_do_signal_or_restart): so the
// result that stands for "anew, unless a handler runs" is put there.
#if defined(__x86_64__)

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "kernel/arch/cut_call.h"

namespace bulkhead::kernel {

namespace {

constexpr unsigned long long kUserCodeSegment64 = 0x33;  // __USER_CS (asm/segment.h)
constexpr long long kAnewUnlessHandled = -514;           // ERESTARTNOHAND, include/linux/errno.h

// Calls that return EINTR only where nothing was done yet. Not among them: connect and close, which
// must not be called twice, and what writes.
constexpr std::array<unsigned long long, 18> kBeginAnew = {
    SYS_epoll_wait,   SYS_epoll_pwait,   SYS_epoll_pwait2,   SYS_semop,           SYS_semtimedop,
    SYS_io_getevents, SYS_io_pgetevents, SYS_io_uring_enter, SYS_rt_sigtimedwait, SYS_accept,
    SYS_accept4,      SYS_recvfrom,      SYS_recvmsg,        SYS_recvmmsg,        SYS_sendto,
    SYS_sendmsg,      SYS_read,          SYS_readv};

}  // namespace

void begin_cut_call_anew(pid_t stopped) {
  user_regs_struct registers{};
  iovec buffer{.iov_base = &registers, .iov_len = sizeof registers};
  if (::ptrace(PTRACE_GETREGSET, stopped, NT_PRSTATUS, &buffer) != 0) return;
  const bool cut_short = buffer.iov_len == sizeof registers && registers.cs == kUserCodeSegment64 &&
                         static_cast<long long>(registers.rax) == -EINTR &&
                         std::ranges::find(kBeginAnew, registers.orig_rax) != kBeginAnew.end();
  if (!cut_short) return;
  registers.rax = static_cast<unsigned long long>(kAnewUnlessHandled);
  (void)::ptrace(PTRACE_SETREGSET, stopped, NT_PRSTATUS, &buffer);
}

}  // namespace bulkhead::kernel

#endif  // __x86_64__
