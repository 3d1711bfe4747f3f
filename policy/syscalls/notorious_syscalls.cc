#include "policy/syscalls/notorious_syscalls.h"

#include <algorithm>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

constexpr auto kSurface = Danger::kernel_surface;
constexpr auto kNode = Danger::node;
constexpr auto kTasks = Danger::other_tasks;
constexpr auto kWarn = Severity::warning;
constexpr auto kNote = Severity::note;

constexpr std::string_view kKctf =
    "security.googleblog.com, 2023-06: 60 % of the kernel exploits submitted used io_uring";

constexpr std::string_view kUserNamespace =
    "a new user namespace gives all capabilities inside, and with them most kernel code";
constexpr std::string_view kUserNamespaceUnseen =
    "makes user namespaces, in which it has all capabilities: no filter sees its flags";

constexpr NotoriousSyscall kTable[] = {
    {"add_key", "", kSurface, kWarn, "", "kernel keyrings are not divided by containers",
     "CVE-2016-0728"},
    {"bpf", "", kSurface, kWarn, "CAP_BPF",
     "programs run in the kernel once its verifier accepts them, and it has been wrong",
     "CVE-2021-3490"},
    {"clone", "CLONE_NEWUSER", kSurface, kNote, "", kUserNamespace, "CVE-2022-0185"},
    {"clone3", "", kSurface, kWarn, "", kUserNamespaceUnseen, "CVE-2022-0185"},
    {"io_uring_enter", "", kSurface, kWarn, "", "does what other calls do, past the filter", kKctf},
    {"io_uring_register", "", kSurface, kWarn, "", "does what other calls do, past the filter",
     kKctf},
    {"io_uring_setup", "", kSurface, kWarn, "", "does what other calls do, past the filter", kKctf},
    {"keyctl", "", kSurface, kWarn, "", "kernel keyrings are not divided by containers",
     "CVE-2016-0728"},
    {"perf_event_open", "", kSurface, kWarn, "CAP_PERFMON",
     "reads what the processor did, in the kernel too", "CVE-2013-2094"},
    {"request_key", "", kSurface, kWarn, "",
     "kernel keyrings are not divided by containers; it runs a helper", "keyrings(7)"},
    {"unshare", "CLONE_NEWUSER", kSurface, kWarn, "", kUserNamespace, "CVE-2022-0185"},
    {"userfaultfd", "", kSurface, kWarn, "",
     "holds the kernel at a chosen memory access, which makes races easy to win", "userfaultfd(2)"},
    {"acct", "", kNode, kNote, "CAP_SYS_PACCT",
     "writes records of all processes of the node to a file", "acct(2)"},
    {"clock_settime", "", kNode, kNote, "CAP_SYS_TIME", "sets the clock of the node",
     "clock_settime(2)"},
    {"delete_module", "", kNode, kWarn, "CAP_SYS_MODULE", "unloads kernel code",
     "delete_module(2)"},
    {"finit_module", "", kNode, kWarn, "CAP_SYS_MODULE", "loads code into the kernel",
     "init_module(2)"},
    {"fsconfig", "", kNode, kNote, "", "configures a file system before its mount",
     "CVE-2022-0185"},
    {"fsmount", "", kNode, kNote, "CAP_SYS_ADMIN", "mounts file systems", "mount(2)"},
    {"fsopen", "", kNode, kNote, "CAP_SYS_ADMIN", "opens a file system type by name",
     "CVE-2022-0185"},
    {"init_module", "", kNode, kWarn, "CAP_SYS_MODULE", "loads code into the kernel",
     "init_module(2)"},
    {"ioperm", "", kNode, kWarn, "CAP_SYS_RAWIO", "gives access to input and output ports",
     "ioperm(2)"},
    {"iopl", "", kNode, kWarn, "CAP_SYS_RAWIO", "gives access to input and output ports",
     "iopl(2)"},
    {"kexec_file_load", "", kNode, kWarn, "CAP_SYS_BOOT", "loads another kernel", "kexec_load(2)"},
    {"kexec_load", "", kNode, kWarn, "CAP_SYS_BOOT", "loads another kernel", "kexec_load(2)"},
    {"mount", "", kNode, kNote, "CAP_SYS_ADMIN", "mounts file systems, those of the node too",
     "mount(2)"},
    {"move_mount", "", kNode, kNote, "CAP_SYS_ADMIN", "moves mounts", "mount(2)"},
    {"open_by_handle_at", "", kNode, kWarn, "CAP_DAC_READ_SEARCH",
     "opens files of the node by number, outside the container's tree", "open_by_handle_at(2)"},
    {"open_tree", "", kNode, kNote, "CAP_SYS_ADMIN", "copies mounts", "mount(2)"},
    {"pivot_root", "", kNode, kNote, "CAP_SYS_ADMIN", "changes the root file system",
     "pivot_root(2)"},
    {"quotactl", "", kNode, kNote, "CAP_SYS_ADMIN", "changes disk quotas of the node",
     "quotactl(2)"},
    {"reboot", "", kNode, kWarn, "CAP_SYS_BOOT", "restarts the node", "reboot(2)"},
    {"settimeofday", "", kNode, kNote, "CAP_SYS_TIME", "sets the clock of the node",
     "settimeofday(2)"},
    {"swapoff", "", kNode, kWarn, "CAP_SYS_ADMIN", "takes swap from the node", "swapon(2)"},
    {"swapon", "", kNode, kWarn, "CAP_SYS_ADMIN", "makes a file swap of the node", "swapon(2)"},
    {"syslog", "", kNode, kNote, "CAP_SYSLOG", "reads the kernel's log with its addresses",
     "syslog(2)"},
    {"umount2", "", kNode, kNote, "CAP_SYS_ADMIN",
     "uncovers what a mount hides, such as masked paths of /proc", "umount(2)"},
    {"kcmp", "", kTasks, kNote, "", "compares kernel objects of processes", "kcmp(2)"},
    {"pidfd_getfd", "", kTasks, kNote, "", "takes open files of another process", "pidfd_getfd(2)"},
    {"process_vm_readv", "", kTasks, kNote, "", "reads the memory of another process",
     "process_vm_readv(2)"},
    {"process_vm_writev", "", kTasks, kNote, "", "writes the memory of another process",
     "process_vm_readv(2)"},
    {"ptrace", "", kTasks, kWarn, "",
     "takes control of another process; before Linux 4.8 a tracer could pass by the filter",
     "seccomp(2)"},
    {"setns", "", kTasks, kNote, "CAP_SYS_ADMIN", "enters other namespaces", "setns(2)"},
};

}  // namespace

std::string_view name_of(Danger danger) {
  switch (danger) {
    case Danger::kernel_surface: return "kernel attack surface";
    case Danger::node: return "the node itself";
    case Danger::other_tasks: return "other processes";
  }
  return "kernel attack surface";
}

std::string text_of(const NotoriousSyscall& call) {
  return call.arguments.empty() ? std::string(call.name)
                                : base::cat(call.name, '(', call.arguments, ')');
}

std::span<const NotoriousSyscall> notorious_syscalls() { return kTable; }

const NotoriousSyscall* find_notorious(std::string_view name) {
  const auto found = std::ranges::find(kTable, name, &NotoriousSyscall::name);
  return found != std::end(kTable) ? found : nullptr;
}

}  // namespace bulkhead::policy
