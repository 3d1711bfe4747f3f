#include "kernel/observe/observe.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/counted.h"
#include "base/text.h"
#include "kernel/apparmor/apparmor_loaded.h"
#include "kernel/observe/observe_descriptors.h"
#include "kernel/observe/observe_namespaces.h"
#include "kernel/observe/observe_paths.h"
#include "kernel/observe/observe_user.h"
#include "kernel/tasks/namespace_link.h"
#include "kernel/tasks/proc_file.h"
#include "policy/values/apparmor_mode.h"
#include "policy/values/apparmor_recorder.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::kernel {

using base::cat;
using base::ErrorCode;
using base::fail;
using base::fail_errno;
using base::Result;
using policy::FilterProgram;

namespace {

// The kernel calls such a stack "mixed", whatever the modes of the others are.
std::string mode_beside_recorder(const policy::AppArmorLabel& label) {
  const auto listed = loaded_profiles({});
  const std::string rest = policy::without_recorders(label.name);
  if (!listed || rest.empty()) return {};
  std::string mode;
  for (const std::string_view member : policy::apparmor_stack_members(rest)) {
    const auto found = listed->loaded.find(policy::canonical_apparmor_name(member));
    if (found == listed->loaded.end()) return {};
    if (mode.empty() || !policy::confines(found->second)) mode = name_of(found->second);
  }
  return mode;
}

// Puts a result in its place, or hands on the error.
template <typename Value>
Result<void> keep(Result<Value> result, std::optional<Value>& place) {
  if (!result) return std::unexpected(std::move(result.error()));
  place = std::move(*result);
  return {};
}

Result<void> observe_isolation(pid_t stopped, TaskStatus status, const ObserveOptions& options,
                               policy::ObservedState& observed) {
  const std::string& root = options.proc_root;
  Result<void> done;
  if (options.user) {
    done = keep(observe_user(stopped, std::move(status), options.id_mappings, root), observed.user);
  }
  if (done && options.paths != nullptr) {
    done = keep(observe_paths(stopped, *options.paths, root), observed.paths);
  }
  if (done && options.namespaces != nullptr) {
    done = keep(observe_namespaces(stopped, *options.namespaces, root), observed.namespaces);
  }
  if (done && options.descriptors) {
    done = keep(observe_descriptors(stopped, root), observed.descriptors);
  }
  return done;
}

}  // namespace

Result<policy::AppArmorLabel> read_apparmor_label(pid_t pid, const std::string& proc_root) {
  // attr/apparmor/ is there since Linux 5.8; attr/current may speak of another LSM.
  auto text = read_proc_file(proc_path(proc_root, pid, "attr/apparmor/current"));
  if (!text) text = read_proc_file(proc_path(proc_root, pid, "attr/current"));
  if (!text) return std::unexpected(std::move(text.error()).within("reading the AppArmor label"));
  policy::AppArmorLabel label = parse_apparmor_label(*text);
  if (policy::has_recorder(label.name)) label.mode_beside_recorder = mode_beside_recorder(label);
  return label;
}

policy::AppArmorLabel parse_apparmor_label(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.remove_suffix(1);
  const std::size_t open = text.rfind(" (");
  if (open == std::string_view::npos || !text.ends_with(')')) {
    return {.name = std::string(text), .mode = {}};
  }
  return {.name = std::string(text.substr(0, open)),
          .mode = std::string(text.substr(open + 2, text.size() - open - 3))};
}

Result<std::vector<FilterProgram>> dump_filters(pid_t stopped, const FilterAnswer& ask) {
  std::vector<FilterProgram> newest_first;
  for (long index = 0;; ++index) {
    // Without a buffer the kernel tells the length: cheaper than the pages of the largest program.
    long count = ask(index, nullptr);
    FilterProgram program(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (count > 0) count = ask(index, program.data());
    // EINVAL: the task is not in filter mode at all.
    if (count == -ENOENT || (count == -EINVAL && index == 0)) break;
    if (count < 0) {
      errno = static_cast<int>(-count);
      return fail_errno(ErrorCode::kernel, "read the seccomp filters of", cat("process ", stopped),
                        "dumping filters needs CAP_SYS_ADMIN and CONFIG_CHECKPOINT_RESTORE");
    }
    newest_first.push_back(std::move(program));
  }
  // ptrace(2) calls index 0 the newest filter; kernel/seccomp.c (get_nth_filter) counts from the
  // oldest.
  std::ranges::reverse(newest_first);
  return newest_first;
}

Result<std::vector<FilterProgram>> dump_filters(pid_t stopped) {
  static_assert(sizeof(policy::FilterInstruction) == sizeof(sock_filter));
  static_assert(offsetof(policy::FilterInstruction, k) == offsetof(sock_filter, k));
  return dump_filters(stopped, [stopped](long index, policy::FilterInstruction* into) {
    const long count = ::ptrace(PTRACE_SECCOMP_GET_FILTER, stopped, index, into);
    return count < 0 ? -static_cast<long>(errno) : count;
  });
}

namespace {

// Linux 4.16 (struct seccomp_metadata of linux/ptrace.h). The oldest filter has the index 0, as for
// PTRACE_SECCOMP_GET_FILTER.
std::optional<bool> newest_logs(pid_t stopped, std::span<const FilterProgram> filters,
                                const FilterProgram* beside) {
  while (beside != nullptr && !filters.empty() && filters.front() == *beside) {
    filters = filters.subspan(1);
  }
  if (filters.empty()) return std::nullopt;
  struct __ptrace_seccomp_metadata metadata {};
  metadata.filter_off = filters.size() - 1;
  if (::ptrace(PTRACE_SECCOMP_GET_METADATA, stopped, sizeof metadata, &metadata) < 0) {
    return std::nullopt;
  }
  return (metadata.flags & SECCOMP_FILTER_FLAG_LOG) != 0;
}

}  // namespace

ObserveOptions options_for(const policy::Expectation& expectation) {
  ObserveOptions options;
  if (expectation.user) {
    const policy::PlannedUser& user = *expectation.user;
    options.user = true;
    options.id_mappings =
        user.in_user_namespace && (user.uid_mappings.empty() || user.gid_mappings.empty());
  }
  if (expectation.paths) options.paths = &*expectation.paths;
  if (!expectation.namespaces.empty()) options.namespaces = &expectation.namespaces;
  options.descriptors = expectation.descriptors.has_value();
  return options;
}

Result<policy::ObservedState> observe_stopped(pid_t stopped, const ObserveOptions& options) {
  auto filters = options.known != nullptr ? Result<std::vector<FilterProgram>>(*options.known)
                                          : dump_filters(stopped);
  if (!filters) return std::unexpected(std::move(filters.error()));
  auto status = options.status != nullptr ? Result<TaskStatus>(*options.status)
                                          : read_task_status(stopped, options.proc_root);
  if (!status) return std::unexpected(std::move(status.error()));
  constexpr int kFilterMode = 2;
  // Of filters that were not read here more may hold than what is known.
  const bool more_may_hold = options.known != nullptr && filters->empty();
  if (!more_may_hold && (status->seccomp_mode == kFilterMode) == filters->empty()) {
    return fail(ErrorCode::kernel,
                cat("process ", stopped, " is in seccomp mode ", status->seccomp_mode,
                    ", but the kernel shows ", base::counted(filters->size(), "filter")));
  }
  const auto logs =
      options.known != nullptr ? std::nullopt : newest_logs(stopped, *filters, options.beside);
  policy::ObservedState observed{.filters = std::move(*filters),
                                 .newest_logs = logs,
                                 .no_new_privileges = status->no_new_privileges,
                                 .capabilities = status->capabilities,
                                 .apparmor = {},
                                 .user = {},
                                 .paths = {},
                                 .namespaces = {},
                                 .descriptors = {}};
  if (options.apparmor) {
    auto label = read_apparmor_label(stopped, options.proc_root);
    if (!label) return std::unexpected(std::move(label.error()));
    observed.apparmor = std::move(*label);
  }
  if (auto done = observe_isolation(stopped, std::move(*status), options, observed); !done) {
    return std::unexpected(std::move(done.error()));
  }
  return observed;
}

bool is_filtered_itself() { return ::prctl(PR_GET_SECCOMP) != 0; }

bool is_in_user_namespace(const std::string& proc_root) {
  constexpr ino_t kFirst = 0xEFFFFFFD;  // PROC_USER_INIT_INO (linux/proc_ns.h)
  if (namespace_inode(cat(proc_root, "/self/ns/user")) == kFirst) return false;
  const auto map = read_proc_file(cat(proc_root, "/self/uid_map"));
  return map && map->find("4294967295") == std::string::npos;
}

bool is_in_user_namespace() {
  static const bool answer = is_in_user_namespace("/proc");
  return answer;
}

Result<void> check_can_dump_filters(const std::string& proc_root) {
  if (is_filtered_itself()) {
    return fail(ErrorCode::unsupported,
                "the kernel shows no filters to a process that is itself under a seccomp filter",
                "remove SystemCallFilter= from the unit of the container engine");
  }
  if (!is_in_user_namespace(proc_root)) return {};
  return fail(ErrorCode::unsupported,
              "the kernel shows no filters to a process in a user namespace",
              "ask as the node's root");
}

}  // namespace bulkhead::kernel
