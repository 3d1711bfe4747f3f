// The tables in which the kernel counts for CallCounter: of which event, by which keys.
#pragma once

#include <sys/syscall.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "kernel/tracing/call_counter.h"

namespace bulkhead::kernel {

// A histogram in two guises. The kernel tells triggers apart by their keys' order, so that one can
// take over from the other.
enum class Holds : std::uint8_t { forks, calls, values };
struct Table {
  Holds holds;
  std::string_view event;
  std::array<std::string_view, 2> keys;  // "task,what" and "what,task"
  unsigned size;
  std::uint32_t call = 0;  // of Holds::values
  std::uint32_t index = 0;
  std::string_view probe = {};  // what the event is made of, where the kernel has it not by itself
};
inline constexpr unsigned kValues = 4096;
inline constexpr std::array kTables = {
    Table{Holds::forks,
          "sched/sched_process_fork",
          {"parent_pid,child_pid", "child_pid,parent_pid"},
          65536},
    Table{Holds::calls, "raw_syscalls/sys_enter", {"common_pid,id", "id,common_pid"}, 131072},
    Table{Holds::values,
          "syscalls/sys_enter_socket",
          {"common_pid,family", "family,common_pid"},
          kValues,
          SYS_socket,
          0},
    Table{Holds::values,
          "syscalls/sys_enter_clone",
          {"common_pid,clone_flags", "clone_flags,common_pid"},
          kValues,
          SYS_clone,
          0},
    Table{Holds::values,
          "syscalls/sys_enter_unshare",
          {"common_pid,unshare_flags", "unshare_flags,common_pid"},
          kValues,
          SYS_unshare,
          0},
    Table{Holds::values,
          "syscalls/sys_enter_personality",
          {"common_pid,personality", "personality,common_pid"},
          kValues,
          SYS_personality,
          0},
    Table{Holds::values,
          "syscalls/sys_enter_prctl",
          {"common_pid,option", "option,common_pid"},
          kValues,
          SYS_prctl,
          0},
    Table{Holds::values,
          "syscalls/sys_enter_ioctl",
          {"common_pid,cmd", "cmd,common_pid"},
          kValues,
          SYS_ioctl,
          1},
    Table{Holds::values,
          "syscalls/sys_enter_fcntl",
          {"common_pid,cmd", "cmd,common_pid"},
          kValues,
          SYS_fcntl,
          1},
    // struct kernel_clone_args begins with the flags, without the signal of the end.
    Table{Holds::values,
          "bulkhead/clone_flags",
          {"common_pid,flags", "flags,common_pid"},
          kValues,
          kOfFunction + SYS_clone,
          0,
          "kernel_clone flags=+0($arg1):u64"},
    Table{Holds::values,
          "bulkhead/socket_family",
          {"common_pid,family", "family,common_pid"},
          kValues,
          kOfFunction + SYS_socket,
          0,
          "__sys_socket family=$arg1:u32"},
};

// Without these nothing is counted; what is seen of arguments depends on the kernel.
inline bool is_needed(const Table& table) { return table.holds != Holds::values; }
inline bool is_probe(const Table& table) { return !table.probe.empty(); }

}  // namespace bulkhead::kernel
