// What this node can do, by asking it. Roots are parameters so that readers test on a fixture tree.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "policy/values/node_facts.h"

namespace bulkhead::kernel {

struct ProbeRoots {
  std::string sys = "/sys";
};

// uname(2), seccomp(2) actions and flags, AppArmor by aa_is_enabled
// and, only when it is enabled, /sys/kernel/security/apparmor/profiles. Costs some tens of
// microseconds.
struct KernelFacts {
  oci_config::KernelVersion kernel;
  std::set<oci_config::SeccompAction> actions_available;
  std::set<std::string> filter_flags;
  policy::AppArmorFacts apparmor;
};
[[nodiscard]] base::Result<KernelFacts> probe_kernel(const ProbeRoots& roots = {});

// The parts of it, for tests. "6.1.0-18-amd64" → 6.1. Error (code kernel): no version there.
[[nodiscard]] base::Result<oci_config::KernelVersion> parse_kernel_release(
    std::string_view release);

// `<runtime> features` and, where that command does not exist, `<runtime> --version`, cached in
// <cache>/runtimes/ by the runtime's path, device, inode, size, mtime and ctime. A cache that
// cannot be written is no error: the answer is only slower. Error (code runtime): cannot be
// executed.
[[nodiscard]] base::Result<policy::RuntimeFeatures> probe_runtime(
    const std::string& runtime_path, const std::string& cache_directory);

// Remembers beside that answer what the kernel showed of the runtime's filters. It holds as long as
// the runtime's file is the same, and so is the libseccomp that it had mapped; `libseccomp` is that
// file, or empty where none was seen. Failing is no error: the next start looks again.
void remember_log_flag(const std::string& runtime_path, const std::string& cache_directory,
                       policy::LogFlag seen, const std::string& libseccomp);

}  // namespace bulkhead::kernel
