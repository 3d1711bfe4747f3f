// The names of argument values, held against the headers of the system: the last of each row as
// well, since names in a row move together.
#include "policy/syscalls/argument_names.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/net.h>
#include <linux/personality.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

namespace bulkhead::policy {
namespace {

struct Constant {
  std::string_view name;
  std::uint64_t value;
};
#define OF_THE_SYSTEM(name) \
  Constant { #name, name }

const Constant kConstants[] = {
    OF_THE_SYSTEM(SIGHUP),
    OF_THE_SYSTEM(SIGCHLD),
    OF_THE_SYSTEM(SIGSYS),
    OF_THE_SYSTEM(CLONE_VM),
    OF_THE_SYSTEM(CLONE_NEWNS),
    OF_THE_SYSTEM(CLONE_NEWUSER),
    OF_THE_SYSTEM(CLONE_NEWNET),
    OF_THE_SYSTEM(CLONE_IO),
    OF_THE_SYSTEM(CLONE_NEWTIME),
    OF_THE_SYSTEM(AF_UNIX),
    OF_THE_SYSTEM(AF_LOCAL),
    OF_THE_SYSTEM(AF_NETLINK),
    OF_THE_SYSTEM(AF_PACKET),
    OF_THE_SYSTEM(AF_ALG),
    OF_THE_SYSTEM(AF_VSOCK),
    OF_THE_SYSTEM(AF_XDP),
    OF_THE_SYSTEM(SOCK_RAW),
    OF_THE_SYSTEM(SOCK_PACKET),
    OF_THE_SYSTEM(SOCK_NONBLOCK),
    OF_THE_SYSTEM(SOCK_CLOEXEC),
    OF_THE_SYSTEM(SYS_SOCKET),
    OF_THE_SYSTEM(SYS_SENDMMSG),
    OF_THE_SYSTEM(TCGETS),
    OF_THE_SYSTEM(TIOCSTI),
    OF_THE_SYSTEM(TIOCLINUX),
    OF_THE_SYSTEM(TCSBRKP),
    OF_THE_SYSTEM(UNAME26),
    OF_THE_SYSTEM(ADDR_NO_RANDOMIZE),
    OF_THE_SYSTEM(READ_IMPLIES_EXEC),
    OF_THE_SYSTEM(ADDR_LIMIT_3GB),
    OF_THE_SYSTEM(PER_LINUX32),
    OF_THE_SYSTEM(PR_SET_PDEATHSIG),
    OF_THE_SYSTEM(PR_SET_NAME),
    OF_THE_SYSTEM(PR_SET_SECCOMP),
    OF_THE_SYSTEM(PR_SET_NO_NEW_PRIVS),
    OF_THE_SYSTEM(PR_CAP_AMBIENT),
    OF_THE_SYSTEM(PR_SET_SYSCALL_USER_DISPATCH),
    OF_THE_SYSTEM(PR_SCHED_CORE),
    OF_THE_SYSTEM(PR_SET_VMA),
    OF_THE_SYSTEM(PR_SET_PTRACER),
    OF_THE_SYSTEM(SECCOMP_SET_MODE_FILTER),
    OF_THE_SYSTEM(SECCOMP_GET_NOTIF_SIZES),
    OF_THE_SYSTEM(SECCOMP_FILTER_FLAG_LOG),
    OF_THE_SYSTEM(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV),
    OF_THE_SYSTEM(PTRACE_TRACEME),
    OF_THE_SYSTEM(PTRACE_ATTACH),
    OF_THE_SYSTEM(PTRACE_SYSCALL),
    OF_THE_SYSTEM(PTRACE_SETOPTIONS),
    OF_THE_SYSTEM(PTRACE_SEIZE),
    OF_THE_SYSTEM(PTRACE_GET_RSEQ_CONFIGURATION),
    OF_THE_SYSTEM(F_DUPFD),
    OF_THE_SYSTEM(F_SETOWN),
    OF_THE_SYSTEM(F_OFD_SETLKW),
    OF_THE_SYSTEM(F_SETLEASE),
    OF_THE_SYSTEM(F_GET_SEALS),
    OF_THE_SYSTEM(PROT_EXEC),
    OF_THE_SYSTEM(KEYCTL_JOIN_SESSION_KEYRING),
    OF_THE_SYSTEM(KEYCTL_GET_PERSISTENT),
    OF_THE_SYSTEM(BPF_PROG_LOAD),
    OF_THE_SYSTEM(BPF_PROG_TEST_RUN),
};

TEST_CASE("the names of argument values have the values that the system's headers give them") {
  for (const Constant& constant : kConstants) {
    CAPTURE(constant.name);
    CHECK(argument_value(constant.name) == constant.value);
  }
}

}  // namespace
}  // namespace bulkhead::policy
