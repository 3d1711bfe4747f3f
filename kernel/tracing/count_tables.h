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
  // The kernel's own event of a native call, for where none can be made of its entry. Whichever
  // call it is of, it costs every call of every task; a probe costs the calls that it is of.
  std::string_view instead = {};
};
inline constexpr unsigned kValues = 4096;

// "bulkhead/NAME" is made of the entry of the native call NAME (entry_probe_of() in
// call_counter.cc).
constexpr Table native_values(std::string_view event, std::string_view instead,
                              std::array<std::string_view, 2> keys, std::uint32_t call,
                              std::uint32_t index) {
  return {Holds::values, event, keys, kValues, call, index, {}, instead};
}

inline constexpr std::array kTables = {
    Table{Holds::forks,
          "sched/sched_process_fork",
          {"parent_pid,child_pid", "child_pid,parent_pid"},
          65536},
    Table{Holds::calls, "raw_syscalls/sys_enter", {"common_pid,id", "id,common_pid"}, 131072},
    native_values("bulkhead/socket", "syscalls/sys_enter_socket",
                  {"common_pid,family", "family,common_pid"}, SYS_socket, 0),
    native_values("bulkhead/clone", "syscalls/sys_enter_clone",
                  {"common_pid,clone_flags", "clone_flags,common_pid"}, SYS_clone, 0),
    native_values("bulkhead/unshare", "syscalls/sys_enter_unshare",
                  {"common_pid,unshare_flags", "unshare_flags,common_pid"}, SYS_unshare, 0),
    native_values("bulkhead/personality", "syscalls/sys_enter_personality",
                  {"common_pid,personality", "personality,common_pid"}, SYS_personality, 0),
    native_values("bulkhead/prctl", "syscalls/sys_enter_prctl",
                  {"common_pid,option", "option,common_pid"}, SYS_prctl, 0),
    native_values("bulkhead/ioctl", "syscalls/sys_enter_ioctl",
                  {"common_pid,cmd", "cmd,common_pid"}, SYS_ioctl, 1),
    native_values("bulkhead/fcntl", "syscalls/sys_enter_fcntl",
                  {"common_pid,cmd", "cmd,common_pid"}, SYS_fcntl, 1),
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
inline bool is_of_function(const Table& table) { return !table.probe.empty(); }
inline bool is_probe(const Table& table) { return is_of_function(table) || !table.instead.empty(); }

}  // namespace bulkhead::kernel
