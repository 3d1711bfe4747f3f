#include "kernel/probes/probe.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "kernel/apparmor/apparmor_facts.h"

// Younger than Debian 12's headers need not be, but older ones may lack it (Linux 5.19).
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

namespace bulkhead::kernel {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using oci_config::KernelVersion;
using oci_config::SeccompAction;

constexpr std::pair<std::uint32_t, SeccompAction> kActions[] = {
    {SECCOMP_RET_KILL_PROCESS, SeccompAction::kill_process},
    {SECCOMP_RET_KILL_THREAD, SeccompAction::kill_thread},
    {SECCOMP_RET_TRAP, SeccompAction::trap},
    {SECCOMP_RET_ERRNO, SeccompAction::return_errno},
    {SECCOMP_RET_USER_NOTIF, SeccompAction::user_notif},
    {SECCOMP_RET_TRACE, SeccompAction::trace},
    {SECCOMP_RET_LOG, SeccompAction::log},
    {SECCOMP_RET_ALLOW, SeccompAction::allow},
};

struct FilterFlag {
  std::string_view name;
  unsigned long bits;  // what to ask with: some flags are known only together with another
};

constexpr FilterFlag kFlags[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {oci_config::kFlagLog, SECCOMP_FILTER_FLAG_LOG},
    {oci_config::kFlagSpecAllow, SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_NEW_LISTENER", SECCOMP_FILTER_FLAG_NEW_LISTENER},
    {"SECCOMP_FILTER_FLAG_TSYNC_ESRCH", SECCOMP_FILTER_FLAG_TSYNC_ESRCH},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
     SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | SECCOMP_FILTER_FLAG_NEW_LISTENER},
};

// seccomp(2): flags are looked at before the program, so a known one fails at the pointer with
// EFAULT and installs nothing; an unknown one is EINVAL. No process has memory at the last address,
// which the kernel sees without trying.
bool kernel_knows(const FilterFlag& flag) {
  constexpr std::uintptr_t kNowhere = UINTPTR_MAX;
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flag.bits, kNowhere) < 0 &&
         errno == EFAULT;
}

std::set<std::string> known_flags() {
  std::set<std::string> known;
  for (const FilterFlag& flag : kFlags) {
    if (kernel_knows(flag)) known.emplace(flag.name);
  }
  return known;
}

Result<KernelVersion> running_kernel() {
  utsname name{};
  if (::uname(&name) < 0) return base::fail_errno(ErrorCode::kernel, "read", "uname");
  return parse_kernel_release(name.release);
}

// Asking for each action costs a tenth of reading /proc/sys/kernel/seccomp/actions_avail.
Result<std::set<SeccompAction>> available_actions() {
  std::set<SeccompAction> available;
  for (const auto& [value, action] : kActions) {
    std::uint32_t asked = value;
    if (::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &asked) == 0) available.insert(action);
  }
  if (available.empty()) {
    return base::fail_errno(ErrorCode::kernel, "ask the kernel for its", "seccomp actions",
                            "this needs Linux 4.14 with CONFIG_SECCOMP_FILTER");
  }
  return available;
}

}  // namespace

Result<KernelVersion> parse_kernel_release(std::string_view release) {
  KernelVersion version;
  const char* const end = release.data() + release.size();
  const auto major = std::from_chars(release.data(), end, version.major);
  if (major.ec == std::errc{} && major.ptr != end && *major.ptr == '.') {
    const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
    if (minor.ec == std::errc{}) return version;
  }
  return base::fail(ErrorCode::kernel, cat("the kernel's release ", base::quoted(release),
                                           " does not begin with a version like 6.1"));
}

Result<KernelFacts> probe_kernel(const ProbeRoots& roots) {
  const auto kernel = running_kernel();
  if (!kernel) return std::unexpected(kernel.error());
  auto actions = available_actions();
  if (!actions) return std::unexpected(actions.error());
  auto apparmor = probe_apparmor(roots.sys + "/kernel/security/apparmor/profiles");
  if (!apparmor) return std::unexpected(apparmor.error());
  return KernelFacts{.kernel = *kernel,
                     .actions_available = *std::move(actions),
                     .filter_flags = known_flags(),
                     .apparmor = *std::move(apparmor)};
}

}  // namespace bulkhead::kernel
