// What /proc says of a task: the lines of its status, when it started, its cgroup.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "policy/proof/observed_state.h"

namespace bulkhead::kernel {

// The lines of /proc/<pid>/status that matter here.
struct TaskStatus {
  pid_t thread_group = 0;            // Tgid
  pid_t parent = 0;                  // PPid
  pid_t tracer = 0;                  // TracerPid; 0 when there is none
  std::uint64_t caught_signals = 0;  // SigCgt: bit n-1 for signal n
  bool no_new_privileges = false;
  int seccomp_mode = 0;       // 0 none, 1 strict, 2 filter
  std::uint64_t filters = 0;  // Seccomp_filters (Linux 5.9); 0 where the kernel does not tell
  oci_config::CapabilitySets capabilities;
  policy::TaskIds uids = {};  // Uid, Gid, Groups
  policy::TaskIds gids = {};
  std::vector<std::uint32_t> groups;
};

// Errors (code kernel): no such process; a line that is missing or cannot be parsed, by its name.
[[nodiscard]] base::Result<TaskStatus> parse_task_status(std::string_view text,
                                                         std::string_view described);
[[nodiscard]] base::Result<TaskStatus> read_task_status(pid_t pid,
                                                        const std::string& proc_root = "/proc");

// Field 22 of /proc/<pid>/stat, in clock ticks since boot: with the pid it names a process for
// good.
[[nodiscard]] base::Result<std::uint64_t> read_start_time(pid_t pid,
                                                          const std::string& proc_root = "/proc");

// The task's cgroup: the path of the unified hierarchy, or of `pids` or the first one where there
// is none (cgroup v1). Empty when it cannot be read.
[[nodiscard]] std::string read_cgroup(pid_t pid, const std::string& proc_root = "/proc");

}  // namespace bulkhead::kernel
