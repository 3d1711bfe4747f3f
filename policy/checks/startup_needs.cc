#include "policy/checks/startup_needs.h"

#include <algorithm>

namespace bulkhead::policy {

namespace {

constexpr StartupNeed kNeeds[] = {
    {.id = "runc",
     .subject = "runc",
     .stage = StartupStage::runtime,
     .no_new_privileges = true,
     .needed = "close execve fstatfs getdents64 openat write",
     .sometimes = "futex rt_sigreturn",
     .used = "epoll_ctl getpid"},
    {.id = "runc",
     .subject = "runc",
     .stage = StartupStage::runtime,
     .no_new_privileges = false,
     .needed =
         "capget capset chdir close execve faccessat2|faccessat fstat fstatfs getcwd getdents64 "
         "getppid newfstatat openat prctl read setgid setgroups setuid write",
     .sometimes = "fchown futex rt_sigreturn",  // fchown: the streams, for a user other than root
     .used = "epoll_ctl fcntl getpid"},
    {.id = "crun",
     .subject = "crun",
     .stage = StartupStage::runtime,
     .no_new_privileges = true,
     .needed = "execve",
     .sometimes = "",
     .used = "close"},
    {.id = "crun",
     .subject = "crun",
     .stage = StartupStage::runtime,
     .no_new_privileges = false,
     .needed = "capset execve prctl rt_sigaction rt_sigprocmask setresgid setresuid write",
     .sometimes = "",
     .used = "close"},
    {.id = "glibc-static",
     .subject = "a static glibc program",
     .stage = StartupStage::program,
     .needed = "arch_prctl brk|mmap mprotect",
     .sometimes = "",
     .used = "getrandom prlimit64 readlink rseq set_robust_list set_tid_address"},
    {.id = "glibc-dynamic",
     .subject = "a dynamically linked glibc program",
     .stage = StartupStage::program,
     .needed = "arch_prctl close mmap mprotect newfstatat openat pread64 read",
     .sometimes = "",
     .used = "access brk munmap prlimit64 rseq set_robust_list set_tid_address"},
    {.id = "musl-static",
     .subject = "a static musl program",
     .stage = StartupStage::program,
     .needed = "arch_prctl",
     .sometimes = "",
     .used = "set_tid_address"},
    {.id = "musl-dynamic",
     .subject = "a dynamically linked musl program",
     .stage = StartupStage::program,
     .needed = "arch_prctl brk|mmap mprotect",
     .sometimes = "",
     .used = "set_tid_address"},
    {.id = "go",
     .subject = "a Go program",
     .stage = StartupStage::program,
     .needed = "arch_prctl clone mmap rt_sigaction rt_sigprocmask sigaltstack",
     .sometimes = "futex rt_sigreturn",
     .used = "close getpid gettid madvise nanosleep openat read sched_getaffinity tgkill"},
};

}  // namespace

std::span<const StartupNeed> startup_needs() { return kNeeds; }

std::vector<std::string_view> words_of(std::string_view list) {
  std::vector<std::string_view> words;
  while (!list.empty()) {
    const std::string_view word = list.substr(0, list.find(' '));
    if (!word.empty()) words.push_back(word);
    list.remove_prefix(std::min(list.size(), word.size() + 1));
  }
  return words;
}

}  // namespace bulkhead::policy
