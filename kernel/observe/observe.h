// Reads a task's confinement from the kernel: installed filters by ptrace(2), the rest from /proc.
//
// Dumping filters (PTRACE_SECCOMP_GET_FILTER, Linux 4.4, CONFIG_CHECKPOINT_RESTORE) needs
// CAP_SYS_ADMIN in the initial user namespace and a caller that is itself under no seccomp filter.
#pragma once

#include <sys/types.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kernel/tasks/task_status.h"
#include "policy/proof/observed_state.h"
#include "policy/proof/verdict.h"

namespace bulkhead::kernel {

struct ObserveOptions {
  bool apparmor = false;  // read the label; only where AppArmor is enabled
  std::string proc_root = "/proc";
  // Filters that the caller knows to hold, newest first: it had the task install them, and the
  // kernel's answer to seccomp(2) stands for them, or the task's tracer read them. Where this is
  // not null none are read here.
  const std::vector<policy::FilterProgram>* known = nullptr;
  // One that stands beside those that confine: ObservedState::newest_logs is of the newest other.
  const policy::FilterProgram* beside = nullptr;
  // What the caller has read of it since it stopped; null: it is read here.
  const TaskStatus* status = nullptr;
  bool user = false;                            // read whom it runs as
  bool id_mappings = false;                     // and the mappings of its user namespace
  const policy::PlannedPaths* paths = nullptr;  // look at these
  const std::vector<policy::PlannedNamespace>* namespaces = nullptr;  // look at these
  bool descriptors = false;                                           // list what is open above 2
};

// Everything that the proof of `expectation` asks for, but for the label. Points into it.
[[nodiscard]] ObserveOptions options_for(const policy::Expectation& expectation);

// "name (mode)" or "unconfined", with or without a final newline.
[[nodiscard]] policy::AppArmorLabel parse_apparmor_label(std::string_view text);

// Error: kernel, where the process is gone or no security module names tasks.
[[nodiscard]] base::Result<policy::AppArmorLabel> read_apparmor_label(
    pid_t pid, const std::string& proc_root = "/proc");

// What the kernel answers a tracer to PTRACE_SECCOMP_GET_FILTER: how many instructions the filter
// of that index has, or -errno; the instructions too, where there is a place for them.
using FilterAnswer = std::function<long(long index, policy::FilterInstruction* into)>;

// All filters of a task that is stopped, newest first; `ask` is how its tracer asks, or the caller
// traces it.
[[nodiscard]] base::Result<std::vector<policy::FilterProgram>> dump_filters(
    pid_t stopped, const FilterAnswer& ask);
[[nodiscard]] base::Result<std::vector<policy::FilterProgram>> dump_filters(pid_t stopped);

// Everything of a task that the caller traces and that is stopped.
[[nodiscard]] base::Result<policy::ObservedState> observe_stopped(pid_t stopped,
                                                                  const ObserveOptions& options);

// The same of a running process: it is stopped for some tens of microseconds and let go as it was
// (kernel/tasks/interruption.h). Errors (code kernel), after two seconds at most: what keeps it
// from being looked at, as kernel/tasks/obstacle.h words it. One that somebody else traces is tried
// again until then: another look may hold it. One that did not stop is traced until the caller
// ends.
[[nodiscard]] base::Result<policy::ObservedState> observe_running(pid_t pid,
                                                                  const ObserveOptions& options);

// The same of many, one after the other; those that do not stop are waited for together, for two
// seconds in all. `seen` is called once for each, with its place in the list, when it is let go.
using Seen = std::function<void(std::size_t index, base::Result<policy::ObservedState> observed)>;
void observe_each(std::span<const pid_t> processes, const ObserveOptions& options,
                  const Seen& seen);

// Is this process itself under a seccomp filter? Whatever it starts is under it too.
[[nodiscard]] bool is_filtered_itself();

// Whether this process is in another user namespace than the node's first, as a rootless engine is.
// Without a root the kernel is asked once: no program here leaves the one that it begins in.
[[nodiscard]] bool is_in_user_namespace(const std::string& proc_root);
[[nodiscard]] bool is_in_user_namespace();

// Why this process cannot dump filters, as an error with the remedy: it is itself under a seccomp
// filter, or in a user namespace.
[[nodiscard]] base::Result<void> check_can_dump_filters(const std::string& proc_root = "/proc");

}  // namespace bulkhead::kernel
