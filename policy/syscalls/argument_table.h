// The names of argument values by call and argument. For argument_names.cc only.
//
// Sources, as x86 and arm have them: linux/sched.h, linux/socket.h, linux/net.h,
// linux/personality.h, linux/prctl.h, linux/ptrace.h, linux/seccomp.h, linux/keyctl.h, linux/bpf.h,
// asm/prctl.h, asm-generic/{signal,ioctls,fcntl,mman}.h.
#pragma once

#include <cstdint>
#include <string_view>

namespace bulkhead::policy {

enum class ArgumentKind : std::uint8_t { number, bit };

struct ArgumentNames {
  std::string_view calls;  // separated by spaces
  unsigned argument;
  ArgumentKind kind;
  std::uint64_t mask;      // of the bits in which a number stands; of a bit unused
  std::uint64_t first;     // the number, or the bit, of the first name
  std::string_view names;  // in a row; "-": none
};

constexpr auto kNumber = ArgumentKind::number;
constexpr auto kBit = ArgumentKind::bit;
constexpr std::uint64_t kWhole = ~std::uint64_t{0};

constexpr std::string_view kSignals =
    "SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 "
    "SIGPIPE SIGALRM SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG "
    "SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO SIGPWR SIGSYS";
constexpr std::string_view kCloneFlags =
    "CLONE_VM CLONE_FS CLONE_FILES CLONE_SIGHAND CLONE_PIDFD CLONE_PTRACE CLONE_VFORK CLONE_PARENT "
    "CLONE_THREAD CLONE_NEWNS CLONE_SYSVSEM CLONE_SETTLS CLONE_PARENT_SETTID CLONE_CHILD_CLEARTID "
    "CLONE_DETACHED CLONE_UNTRACED CLONE_CHILD_SETTID CLONE_NEWCGROUP CLONE_NEWUTS CLONE_NEWIPC "
    "CLONE_NEWUSER CLONE_NEWPID CLONE_NEWNET CLONE_IO";
constexpr std::string_view kDomains =
    "AF_UNSPEC AF_UNIX AF_INET AF_AX25 AF_IPX AF_APPLETALK AF_NETROM AF_BRIDGE AF_ATMPVC AF_X25 "
    "AF_INET6 AF_ROSE AF_DECnet AF_NETBEUI AF_SECURITY AF_KEY AF_NETLINK AF_PACKET AF_ASH "
    "AF_ECONET "
    "AF_ATMSVC AF_RDS AF_SNA AF_IRDA AF_PPPOX AF_WANPIPE AF_LLC AF_IB AF_MPLS AF_CAN AF_TIPC "
    "AF_BLUETOOTH AF_IUCV AF_RXRPC AF_ISDN AF_PHONET AF_IEEE802154 AF_CAIF AF_ALG AF_NFC AF_VSOCK "
    "AF_KCM AF_QIPCRTR AF_SMC AF_XDP AF_MCTP";
constexpr std::string_view kSocketCalls =
    "SYS_SOCKET SYS_BIND SYS_CONNECT SYS_LISTEN SYS_ACCEPT SYS_GETSOCKNAME SYS_GETPEERNAME "
    "SYS_SOCKETPAIR SYS_SEND SYS_RECV SYS_SENDTO SYS_RECVFROM SYS_SHUTDOWN SYS_SETSOCKOPT "
    "SYS_GETSOCKOPT SYS_SENDMSG SYS_RECVMSG SYS_ACCEPT4 SYS_RECVMMSG SYS_SENDMMSG";
constexpr std::string_view kPersonalityFlags =
    "UNAME26 ADDR_NO_RANDOMIZE FDPIC_FUNCPTRS MMAP_PAGE_ZERO ADDR_COMPAT_LAYOUT READ_IMPLIES_EXEC "
    "ADDR_LIMIT_32BIT SHORT_INODE WHOLE_SECONDS STICKY_TIMEOUTS ADDR_LIMIT_3GB";
constexpr std::string_view kProcessOptions =
    "PR_SET_PDEATHSIG PR_GET_PDEATHSIG PR_GET_DUMPABLE PR_SET_DUMPABLE PR_GET_UNALIGN "
    "PR_SET_UNALIGN PR_GET_KEEPCAPS PR_SET_KEEPCAPS PR_GET_FPEMU PR_SET_FPEMU PR_GET_FPEXC "
    "PR_SET_FPEXC PR_GET_TIMING PR_SET_TIMING PR_SET_NAME PR_GET_NAME - - PR_GET_ENDIAN "
    "PR_SET_ENDIAN PR_GET_SECCOMP PR_SET_SECCOMP PR_CAPBSET_READ PR_CAPBSET_DROP PR_GET_TSC "
    "PR_SET_TSC PR_GET_SECUREBITS PR_SET_SECUREBITS PR_SET_TIMERSLACK PR_GET_TIMERSLACK "
    "PR_TASK_PERF_EVENTS_DISABLE PR_TASK_PERF_EVENTS_ENABLE PR_MCE_KILL PR_MCE_KILL_GET PR_SET_MM "
    "PR_SET_CHILD_SUBREAPER PR_GET_CHILD_SUBREAPER PR_SET_NO_NEW_PRIVS PR_GET_NO_NEW_PRIVS "
    "PR_GET_TID_ADDRESS PR_SET_THP_DISABLE PR_GET_THP_DISABLE PR_MPX_ENABLE_MANAGEMENT "
    "PR_MPX_DISABLE_MANAGEMENT PR_SET_FP_MODE PR_GET_FP_MODE PR_CAP_AMBIENT - - PR_SVE_SET_VL "
    "PR_SVE_GET_VL PR_GET_SPECULATION_CTRL PR_SET_SPECULATION_CTRL PR_PAC_RESET_KEYS "
    "PR_SET_TAGGED_ADDR_CTRL PR_GET_TAGGED_ADDR_CTRL PR_SET_IO_FLUSHER PR_GET_IO_FLUSHER "
    "PR_SET_SYSCALL_USER_DISPATCH PR_PAC_SET_ENABLED_KEYS PR_PAC_GET_ENABLED_KEYS PR_SCHED_CORE "
    "PR_SME_SET_VL PR_SME_GET_VL PR_SET_MDWE PR_GET_MDWE PR_SET_MEMORY_MERGE PR_GET_MEMORY_MERGE "
    "PR_RISCV_V_SET_CONTROL PR_RISCV_V_GET_CONTROL PR_RISCV_SET_ICACHE_FLUSH_CTX PR_PPC_GET_DEXCR "
    "PR_PPC_SET_DEXCR PR_GET_SHADOW_STACK_STATUS PR_SET_SHADOW_STACK_STATUS "
    "PR_LOCK_SHADOW_STACK_STATUS PR_TIMER_CREATE_RESTORE_IDS PR_FUTEX_HASH";
constexpr std::string_view kTraceRequests =
    "PTRACE_TRACEME PTRACE_PEEKTEXT PTRACE_PEEKDATA PTRACE_PEEKUSER PTRACE_POKETEXT "
    "PTRACE_POKEDATA PTRACE_POKEUSER PTRACE_CONT PTRACE_KILL PTRACE_SINGLESTEP - - PTRACE_GETREGS "
    "PTRACE_SETREGS PTRACE_GETFPREGS PTRACE_SETFPREGS PTRACE_ATTACH PTRACE_DETACH - - - - - - "
    "PTRACE_SYSCALL";
constexpr std::string_view kNewTraceRequests =
    "PTRACE_SETOPTIONS PTRACE_GETEVENTMSG PTRACE_GETSIGINFO PTRACE_SETSIGINFO PTRACE_GETREGSET "
    "PTRACE_SETREGSET PTRACE_SEIZE PTRACE_INTERRUPT PTRACE_LISTEN PTRACE_PEEKSIGINFO "
    "PTRACE_GETSIGMASK PTRACE_SETSIGMASK PTRACE_SECCOMP_GET_FILTER PTRACE_SECCOMP_GET_METADATA "
    "PTRACE_GET_SYSCALL_INFO PTRACE_GET_RSEQ_CONFIGURATION";
constexpr std::string_view kTerminalRequests =
    "TCGETS TCSETS TCSETSW TCSETSF TCGETA TCSETA TCSETAW TCSETAF TCSBRK TCXONC TCFLSH TIOCEXCL "
    "TIOCNXCL TIOCSCTTY TIOCGPGRP TIOCSPGRP TIOCOUTQ TIOCSTI TIOCGWINSZ TIOCSWINSZ TIOCMGET "
    "TIOCMBIS TIOCMBIC TIOCMSET TIOCGSOFTCAR TIOCSSOFTCAR FIONREAD TIOCLINUX TIOCCONS TIOCGSERIAL "
    "TIOCSSERIAL TIOCPKT FIONBIO TIOCNOTTY TIOCSETD TIOCGETD TCSBRKP";
constexpr std::string_view kFileCommands =
    "F_DUPFD F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_SETOWN F_GETOWN F_SETSIG "
    "F_GETSIG F_GETLK64 F_SETLK64 F_SETLKW64 F_SETOWN_EX F_GETOWN_EX F_GETOWNER_UIDS";
constexpr std::string_view kLinuxFileCommands =
    "F_SETLEASE F_GETLEASE F_NOTIFY - - F_CANCELLK F_DUPFD_CLOEXEC F_SETPIPE_SZ F_GETPIPE_SZ "
    "F_ADD_SEALS F_GET_SEALS";
constexpr std::string_view kKeyCommands =
    "KEYCTL_GET_KEYRING_ID KEYCTL_JOIN_SESSION_KEYRING KEYCTL_UPDATE KEYCTL_REVOKE KEYCTL_CHOWN "
    "KEYCTL_SETPERM KEYCTL_DESCRIBE KEYCTL_CLEAR KEYCTL_LINK KEYCTL_UNLINK KEYCTL_SEARCH "
    "KEYCTL_READ KEYCTL_INSTANTIATE KEYCTL_NEGATE KEYCTL_SET_REQKEY_KEYRING KEYCTL_SET_TIMEOUT "
    "KEYCTL_ASSUME_AUTHORITY KEYCTL_GET_SECURITY KEYCTL_SESSION_TO_PARENT KEYCTL_REJECT "
    "KEYCTL_INSTANTIATE_IOV KEYCTL_INVALIDATE KEYCTL_GET_PERSISTENT";
constexpr std::string_view kBpfCommands =
    "BPF_MAP_CREATE BPF_MAP_LOOKUP_ELEM BPF_MAP_UPDATE_ELEM BPF_MAP_DELETE_ELEM "
    "BPF_MAP_GET_NEXT_KEY BPF_PROG_LOAD BPF_OBJ_PIN BPF_OBJ_GET BPF_PROG_ATTACH BPF_PROG_DETACH "
    "BPF_PROG_TEST_RUN";

// Of several rows for one argument each tells its own bits; a later row is an alias where an
// earlier one tells them all.
constexpr ArgumentNames kArgumentNames[] = {
    {"clone", 0, kBit, 0, 8, kCloneFlags},
    {"clone", 0, kNumber, 0xff, 1, kSignals},
    {"unshare", 0, kBit, 0, 7, "CLONE_NEWTIME"},
    {"unshare", 0, kBit, 0, 8, kCloneFlags},
    {"setns", 1, kBit, 0, 7, "CLONE_NEWTIME"},
    {"setns", 1, kBit, 0, 8, kCloneFlags},
    {"socket socketpair", 0, kNumber, kWhole, 0, kDomains},
    {"socket socketpair", 0, kNumber, kWhole, 1, "AF_LOCAL"},
    {"socket socketpair", 1, kNumber, 0xf, 1,
     "SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_DCCP - - - SOCK_PACKET"},
    {"socket socketpair", 1, kBit, 0, 11, "SOCK_NONBLOCK"},
    {"socket socketpair", 1, kBit, 0, 19, "SOCK_CLOEXEC"},
    {"socketcall", 0, kNumber, kWhole, 1, kSocketCalls},
    {"ioctl", 1, kNumber, kWhole, 0x5401, kTerminalRequests},
    {"personality", 0, kNumber, kWhole, 0xffffffff, "(query)"},
    {"personality", 0, kNumber, 0xff, 0, "PER_LINUX"},
    {"personality", 0, kNumber, 0xff, 8, "PER_LINUX32"},
    {"personality", 0, kBit, 0, 17, kPersonalityFlags},
    {"prctl", 0, kNumber, kWhole, 1, kProcessOptions},
    {"prctl", 0, kNumber, kWhole, 0x53564d41, "PR_SET_VMA"},
    {"prctl", 0, kNumber, kWhole, 0x59616d61, "PR_SET_PTRACER"},
    {"arch_prctl", 0, kNumber, kWhole, 0x1001, "ARCH_SET_GS ARCH_SET_FS ARCH_GET_FS ARCH_GET_GS"},
    {"seccomp", 0, kNumber, kWhole, 0,
     "SECCOMP_SET_MODE_STRICT SECCOMP_SET_MODE_FILTER SECCOMP_GET_ACTION_AVAIL "
     "SECCOMP_GET_NOTIF_SIZES"},
    {"seccomp", 1, kBit, 0, 0,
     "SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW "
     "SECCOMP_FILTER_FLAG_NEW_LISTENER SECCOMP_FILTER_FLAG_TSYNC_ESRCH "
     "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"},
    {"ptrace", 0, kNumber, kWhole, 0, kTraceRequests},
    {"ptrace", 0, kNumber, kWhole, 0x4200, kNewTraceRequests},
    {"kill tkill rt_sigqueueinfo", 1, kNumber, kWhole, 1, kSignals},
    {"tgkill rt_tgsigqueueinfo", 2, kNumber, kWhole, 1, kSignals},
    {"fcntl fcntl64", 1, kNumber, kWhole, 0, kFileCommands},
    {"fcntl fcntl64", 1, kNumber, kWhole, 36, "F_OFD_GETLK F_OFD_SETLK F_OFD_SETLKW"},
    {"fcntl fcntl64", 1, kNumber, kWhole, 1024, kLinuxFileCommands},
    {"mmap mmap2 mprotect pkey_mprotect", 2, kBit, 0, 0, "PROT_READ PROT_WRITE PROT_EXEC"},
    {"keyctl", 0, kNumber, kWhole, 0, kKeyCommands},
    {"bpf", 0, kNumber, kWhole, 0, kBpfCommands},
};

}  // namespace bulkhead::policy
