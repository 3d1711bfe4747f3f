#include "policy/syscalls/syscall_groups.h"

namespace bulkhead::policy {

namespace {

constexpr SyscallGroup kGroups[] = {
    {"files", "opening, naming and changing files",
     "access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 "
     "faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 "
     "fchown "
     "fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr "
     "fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd "
     "getdents "
     "getdents64 getxattr ioctl lchown lchown32 lgetxattr link linkat listxattr llistxattr "
     "lremovexattr lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat newfstatat oldfstat "
     "oldlstat "
     "oldstat open openat openat2 readahead readdir readlink readlinkat removexattr rename "
     "renameat "
     "renameat2 rmdir setxattr stat stat64 statfs statfs64 statx symlink symlinkat sync "
     "sync_file_range syncfs sysfs truncate truncate64 umask unlink unlinkat ustat utime utimensat "
     "utimensat_time64 utimes cachestat"},
    {"input and output", "moving bytes through descriptors",
     "_llseek lseek pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readv "
     "sendfile "
     "sendfile64 splice tee vmsplice write writev io_cancel io_destroy io_getevents io_pgetevents "
     "io_pgetevents_time64 io_setup io_submit io_uring_enter io_uring_register io_uring_setup"},
    {"waiting", "for descriptors and events",
     "_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 "
     "epoll_wait epoll_wait_old eventfd eventfd2 fanotify_init fanotify_mark inotify_add_watch "
     "inotify_init inotify_init1 inotify_rm_watch poll ppoll ppoll_time64 pselect6 pselect6_time64 "
     "select signalfd signalfd4"},
    {"network", "sockets",
     "accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg "
     "recvmmsg_time64 recvmsg sendmmsg sendmsg sendto setsockopt shutdown socket socketcall "
     "socketpair"},
    {"memory", "mapping and protecting memory",
     "brk get_mempolicy madvise map_shadow_stack mbind membarrier memfd_create memfd_secret "
     "migrate_pages mincore mlock mlock2 mlockall mmap mmap2 move_pages mprotect mremap msync "
     "munlock "
     "munlockall munmap pkey_alloc pkey_free pkey_mprotect process_madvise process_mrelease "
     "remap_file_pages set_mempolicy set_mempolicy_home_node userfaultfd"},
    {"processes", "creating, running, waiting for and ending them",
     "arch_prctl clone clone3 execve execveat exit exit_group fork get_robust_list get_thread_area "
     "getpgid getpgrp getpid getppid getsid gettid kcmp modify_ldt personality pidfd_getfd "
     "pidfd_open "
     "prctl process_vm_readv process_vm_writev ptrace rseq seccomp set_robust_list set_thread_area "
     "set_tid_address setpgid setsid vfork wait4 waitid waitpid landlock_add_rule "
     "landlock_create_ruleset landlock_restrict_self vm86 vm86old"},
    {"signals", "sending and handling them",
     "kill pause pidfd_send_signal restart_syscall rt_sigaction rt_sigpending rt_sigprocmask "
     "rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 "
     "rt_tgsigqueueinfo sgetmask sigaction sigaltstack signal sigpending sigprocmask sigreturn "
     "sigsuspend ssetmask tgkill tkill"},
    {"locks and messages", "between threads and processes",
     "futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake ipc mq_getsetattr "
     "mq_notify "
     "mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink "
     "msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl "
     "shmdt "
     "shmget"},
    {"scheduling and limits", "processor time, priorities, resource limits",
     "getcpu getpriority getrlimit getrusage ioprio_get ioprio_set nice prlimit64 "
     "sched_get_priority_max "
     "sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
     "sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr "
     "sched_setparam sched_setscheduler sched_yield setpriority setrlimit ugetrlimit ulimit"},
    {"users and capabilities", "who the process is",
     "capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 "
     "getresgid getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid "
     "setfsuid32 setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 "
     "setresuid setresuid32 setreuid setreuid32 setuid setuid32"},
    {"time", "reading clocks and setting timers",
     "alarm clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep "
     "clock_nanosleep_time64 ftime getitimer gettimeofday nanosleep setitimer time timer_create "
     "timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 "
     "timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times"},
    {"system information", "reading what the node says of itself",
     "getrandom olduname oldolduname sysinfo syslog uname lookup_dcookie"},
    {"namespaces and mounts", "what containers themselves are made of",
     "chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount name_to_handle_at "
     "open_by_handle_at open_tree pivot_root setns umount umount2 unshare"},
    {"keys", "the kernel's key rings", "add_key keyctl request_key"},
    {"the node", "clocks, modules, reboot, tracing: what concerns every container",
     "acct adjtimex bpf clock_adjtime clock_adjtime64 clock_settime clock_settime64 create_module "
     "delete_module finit_module get_kernel_syms init_module ioperm iopl kexec_file_load "
     "kexec_load "
     "nfsservctl perf_event_open query_module quotactl quotactl_fd reboot setdomainname "
     "sethostname "
     "settimeofday stime swapoff swapon _sysctl uselib vhangup"},
    // The last: calls that Linux no longer implements or never did, and those of a newer table.
    {"other", "historical and newer calls", ""},
};

bool names(std::string_view calls, std::string_view wanted) {
  for (std::size_t at = calls.find(wanted); at != std::string_view::npos;
       at = calls.find(wanted, at + 1)) {
    const std::size_t end = at + wanted.size();
    if ((at == 0 || calls[at - 1] == ' ') && (end == calls.size() || calls[end] == ' '))
      return true;
  }
  return false;
}

}  // namespace

std::span<const SyscallGroup> syscall_groups() { return kGroups; }

const SyscallGroup& group_of(std::string_view syscall) {
  for (const SyscallGroup& group : kGroups) {
    if (names(group.calls, syscall)) return group;
  }
  return kGroups[std::size(kGroups) - 1];
}

}  // namespace bulkhead::policy
