// Installs a seccomp filter in a stopped task that is traced: seccomp(2), which the task is made to
// run on itself.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "kernel/remote/remote_calls.h"
#include "policy/filter/filter.h"

namespace bulkhead::kernel {

enum class InstallScope : std::uint8_t {
  one_thread,
  all_threads,  // SECCOMP_FILTER_FLAG_TSYNC: also those that the process has already
};

struct InstallOptions {
  bool log = false;  // SECCOMP_FILTER_FLAG_LOG
  InstallScope scope = InstallScope::one_thread;
};

// The task needs no_new_privs or CAP_SYS_ADMIN in its user namespace. Irrevocable for the task once
// it succeeds. Errors (code kernel) name the step and what the kernel said.
[[nodiscard]] base::Result<void> install_filter(RemoteCalls& calls,
                                                const policy::FilterProgram& program,
                                                const InstallOptions& options);

}  // namespace bulkhead::kernel
