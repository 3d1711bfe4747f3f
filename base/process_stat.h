// /proc/<pid>/stat, as proc(5) describes it: what tells a process from a later one of its number,
// and whose child it is.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::base {

struct ProcessStat {
  char state = '?';               // field 3: R running, S waiting, t stopped by a tracer, …
  pid_t parent = 0;               // field 4; 0 for a kernel thread and for what came from outside
  std::uint64_t start_time = 0;   // field 22, in clock ticks since boot
  bool is_kernel_thread = false;  // PF_KTHREAD of field 9
};

// Nothing for a line that is not as the kernel writes it.
[[nodiscard]] std::optional<ProcessStat> parse_process_stat(std::string_view line);

// Nothing where there is no such process.
[[nodiscard]] std::optional<ProcessStat> read_process_stat(pid_t pid,
                                                           const std::string& proc_root = "/proc");

}  // namespace bulkhead::base
