// System calls are told of tasks that run native code; of a 32-bit one its state alone is.
#include "kernel/tasks/obstacle.h"

#include <unistd.h>

#include "base/directory.h"
#include "base/process_stat.h"
#include "base/text.h"
#include "kernel/arch/native_calls.h"
#include "kernel/tasks/proc_file.h"
#include "kernel/tasks/task_status.h"

namespace bulkhead::kernel {

using base::cat;
using base::quoted;

namespace {

std::string first_word(const std::string& path) {
  const auto text = read_proc_file(path);
  return text ? text->substr(0, text->find_first_of(" \n")) : std::string();
}

// The number of the call that a task waits in; nothing while it runs.
std::optional<std::uint64_t> waiting_in(pid_t task, const std::string& proc_root) {
  return base::parse_decimal(first_word(proc_path(proc_root, task, "syscall")));
}

// The path of a control group of the freezer, which cgroup v2 has no hierarchy of.
std::optional<std::string> freezer_of(pid_t task, const std::string& proc_root) {
  const auto text = read_proc_file(proc_path(proc_root, task, "cgroup"));
  constexpr std::string_view kKey = ":freezer:";
  const std::size_t at = text ? text->find(kKey) : std::string::npos;
  if (at == std::string::npos) return std::nullopt;
  const std::size_t path = at + kKey.size();
  return text->substr(path, text->find('\n', path) - path);
}

Obstacle frozen_by(pid_t process, pid_t task, const std::string& proc_root) {
  const auto group = freezer_of(task, proc_root);
  if (!group) return {};
  const std::string state =
      first_word(cat(proc_root, "/../sys/fs/cgroup/freezer", *group, "/freezer.state"));
  if (state != "FROZEN" && state != "FREEZING") return {};
  return {.kind = ObstacleKind::frozen,
          .sentence = cat("process ", process, " is frozen (cgroup ", quoted(*group),
                          "): the kernel shows no filters until it is thawed")};
}

std::string child_of(pid_t task, const std::string& proc_root) {
  return first_word(cat(proc_root, "/", task, "/task/", task, "/children"));
}

Obstacle in_vfork(pid_t process, pid_t task, const std::string& proc_root) {
  return {.kind = ObstacleKind::vfork,
          .sentence = cat("process ", process, " waits in vfork(2) until its child ",
                          child_of(task, proc_root),
                          " executes a program or ends; till then the kernel does not stop it")};
}

Obstacle uninterruptible(pid_t process, pid_t task, const std::string& proc_root) {
  const std::string where = first_word(proc_path(proc_root, task, "wchan"));
  return {.kind = ObstacleKind::uninterruptible,
          .sentence = cat("process ", process, " waits in the kernel",
                          where.empty() || where == "0" ? "" : cat(" (", where, ")"),
                          " and cannot be interrupted")};
}

// What keeps a task in the kernel so that it neither runs nor can be stopped.
Obstacle deep_in_kernel(pid_t process, pid_t task, const std::string& proc_root) {
  auto frozen = frozen_by(process, task, proc_root);
  if (frozen.kind != ObstacleKind::none) return frozen;
  const auto call = waiting_in(task, proc_root);
  return call && makes_processes(*call) ? in_vfork(process, task, proc_root)
                                        : uninterruptible(process, task, proc_root);
}

std::optional<char> state_of(pid_t task, const std::string& proc_root) {
  const auto process = base::read_process_stat(task, proc_root);
  return process ? std::optional(process->state) : std::nullopt;
}

bool lives(pid_t task, const std::string& proc_root) {
  const auto state = state_of(task, proc_root);
  return state && *state != 'Z' && *state != 'X';
}

}  // namespace

std::string_view name_of(ObstacleKind kind) {
  switch (kind) {
    case ObstacleKind::none: return "";
    case ObstacleKind::ended: return "ended";
    case ObstacleKind::traced: return "traced";
    case ObstacleKind::vfork: return "vfork";
    case ObstacleKind::frozen: return "frozen";
    case ObstacleKind::executing: return "executing";
    case ObstacleKind::uninterruptible: return "uninterruptible";
  }
  return "";
}

std::optional<pid_t> living_thread(pid_t process, const std::string& proc_root) {
  if (lives(process, proc_root)) return process;
  for (const pid_t thread : base::pids_in(base::Directory(cat(proc_root, "/", process, "/task")))) {
    if (lives(thread, proc_root)) return thread;
  }
  return std::nullopt;
}

bool is_executing(pid_t task, const std::string& proc_root) {
  const auto call = waiting_in(task, proc_root);
  return call && enters_exec(*call);
}

Obstacle obstacle_to(pid_t process, const std::string& proc_root) {
  const auto task = living_thread(process, proc_root);
  if (!task) {
    return {.kind = ObstacleKind::ended, .sentence = cat("process ", process, " has ended")};
  }
  const auto status = read_task_status(*task, proc_root);
  if (status && status->tracer != 0 && status->tracer != ::getpid()) {
    return {.kind = ObstacleKind::traced,
            .tracer = status->tracer,
            .sentence = cat("process ", process, " is traced by process ", status->tracer,
                            ", and only one can trace it")};
  }
  if (is_executing(*task, proc_root)) {
    return {.kind = ObstacleKind::executing,
            .sentence = cat("process ", process, " is in an execve(2) that does not end")};
  }
  if (state_of(*task, proc_root) != 'D') return {};
  return deep_in_kernel(process, *task, proc_root);
}

}  // namespace bulkhead::kernel
