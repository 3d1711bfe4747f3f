// Why a process cannot be looked at, as /proc tells it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::kernel {

enum class ObstacleKind : std::uint8_t {
  none,             // nothing that /proc shows
  ended,            // no such process, or all of its threads have ended
  traced,           // by another process: the kernel lets one trace
  vfork,            // waits until its child has executed a program
  frozen,           // by the freezer of cgroup v1; that of v2 is no obstacle
  executing,        // in the middle of an execve(2) that does not end
  uninterruptible,  // waits in the kernel for something else: a disk, a file server
};
[[nodiscard]] std::string_view name_of(ObstacleKind kind);

struct Obstacle {
  ObstacleKind kind = ObstacleKind::none;
  pid_t tracer = 0;      // of `traced`
  std::string sentence;  // "process 42 waits in vfork(2) …"; empty for `none`
};
// This process's own tracing is none.
[[nodiscard]] Obstacle obstacle_to(pid_t process, const std::string& proc_root = "/proc");

// The process's first thread or, where that has ended, another that lives. Nothing where none does.
[[nodiscard]] std::optional<pid_t> living_thread(pid_t process,
                                                 const std::string& proc_root = "/proc");

// Whether a task is in execve(2): who attaches to it then waits for its end.
[[nodiscard]] bool is_executing(pid_t task, const std::string& proc_root = "/proc");

}  // namespace bulkhead::kernel
