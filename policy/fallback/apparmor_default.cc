#include "policy/fallback/apparmor_default.h"

#include "base/text.h"

namespace bulkhead::policy {

namespace {

constexpr std::string_view kPreamble =
    R"(# bulkhead-default: for containers that ask for no AppArmor profile. Made by `bulkhead apparmor
# default`; a file of this name in a directory of profile_roots.apparmor takes its place.
)";

constexpr std::string_view kHeader = R"(
profile bulkhead-default flags=(attach_disconnected,mediate_deleted) {
  # What any program may do. Files are those of the container's own root and mounts, capabilities
  # those that it was started with, and system calls have a filter of their own.
  file,
  capability,
  network,
  unix,
  umount,
)";

// User namespaces and io_uring are the seccomp filter's to refuse, which knows the container's
// capabilities; a container whose own filter allows them (a browser, a database) means them. Of
// io_uring, what AppArmor sees is in abi/5.0 and later only.
constexpr std::string_view kYoungerRules = R"(  userns,
  mqueue,
  io_uring,
)";

// Also on top of profiles that are made of a record: what this profile denies, those do.
constexpr std::string_view kCryptography = R"(
  # The kernel's cryptography (CVE-2026-31431). The seccomp fallback denies it as well, but does not see
  # what 32-bit programs ask of socketcall.
  audit deny network alg,
)";

constexpr std::string_view kRunners = R"(
  # Whoever runs the container stops it: unconfined, or under a profile that a distribution gives
  # to runtimes and engines.
  signal (receive) peer=unconfined,
  signal (receive) peer={runc,crun,youki,conmon,containerd,containerd-shim*,dockerd,podman,crio},
  signal (receive) peer=/{,usr/}{,local/}{,s}bin/{runc,crun,youki,conmon*,containerd*,dockerd,podman,crio},
  signal (receive) peer=bulkhead-{shim,hook},

  # They look at it, and so do debuggers of the host.
  ptrace (tracedby, readby) peer=unconfined,
  ptrace (tracedby, readby) peer=bulkhead-{shim,hook},
)";

constexpr std::string_view kAmongThemselves = R"(
  # The container's own processes may stop and trace each other, and nobody else.
  signal (send, receive) peer=bulkhead-default,
  ptrace (trace, read, tracedby, readby) peer=bulkhead-default,
)";

constexpr std::string_view kDenied = R"(
  # /proc: a process may write what belongs to processes, and nothing that belongs to the kernel.
  # Names of processes begin with 1 to 9; "self" and "thread-self" lead to such names.
  deny /proc/[^1-9]* wklx,
  deny /proc/[^1-9]*/** wklx,
  # The kernel's memory, the keys of others, and the console's emergency brake.
  audit deny /proc/{kcore,kmem,mem} rwklx,
  audit deny /proc/sysrq-trigger rwklx,
  deny /proc/{keys,key-users,latency_stats,sched_debug,timer_list,timer_stats} rwklx,

  # /sys: control groups may be written (delegated ones are), nothing else.
  deny /sys/[^f]* wklx,
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  # Firmware tables, security modules, tracing, and the power meters that leak what others compute.
  deny /sys/firmware/** rwklx,
  deny /sys/kernel/{security,debug,tracing}/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,

  # Changing the tree of mounts is not for containers: pivot_root has no rule and is denied too.
  deny mount,
)";

}  // namespace

std::string render_default_profile(const AppArmorDialect& dialect) {
  std::string text(kPreamble);
  if (!dialect.abi.empty()) text += base::cat("abi <", dialect.abi, ">,\n");
  text += kHeader;
  if (dialect.rules_of_4_0) text += kYoungerRules;
  for (const std::string_view part : {kCryptography, kRunners, kAmongThemselves, kDenied}) {
    text += part;
  }
  return text += "}\n";
}

std::string_view rules_for_runners() { return kRunners; }

std::string default_profile_denials() { return base::cat(kCryptography, kDenied); }

}  // namespace bulkhead::policy
