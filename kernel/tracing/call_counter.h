// The kernel counts system calls: one instance of tracefs for all that is recorded on the node,
// with a histogram of (task, call), one of (parent, child), and one of (task, value) for each
// argument that matters to a filter, where the kernel has that event. Two probes on functions of
// the kernel see what the events of native calls do not: the flags of clone3, which lie in memory,
// and the arguments of 32-bit calls. No reader is needed while it counts, and no call waits for
// one. Forks of what is counted are counted (event-fork).
//
//   CallCounter counter;
//   counter.make();              // once; needs CONFIG_HIST_TRIGGERS and tracefs
//   counter.add(pid);            // before its first instruction; its execve(2) is not counted
//   const auto counts = counter.read();
//   counter.remove();
//
// What it does not tell: calls that a seccomp filter answers (they end before the event), and of
// which ABI a call is: a 32-bit call is counted under its own number. Numbers are those of the
// initial pid namespace, tasks are threads.
//
// Whoever makes, turns or removes holds the record's lock (record/keeping/store.h).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "kernel/tracing/histogram.h"

namespace bulkhead::kernel {

struct TaskCall {
  pid_t task = 0;
  std::uint64_t number = 0;  // of the call
  std::uint64_t count = 0;
  bool operator==(const TaskCall&) const = default;
};

// Added to the number of a native call: the function of the kernel in which that call ends, and
// with it those of other ABIs, and for clone also clone3, fork and vfork. No call of any ABI has
// this bit.
inline constexpr std::uint32_t kOfFunction = 1U << 29;

// How often a task made a native call, or reached its function, with this value of an argument.
struct TaskArgument {
  pid_t task = 0;
  std::uint32_t number = 0;  // of the call, or kOfFunction and it
  std::uint32_t index = 0;   // of the argument, from 0
  std::uint64_t value = 0;
  std::uint64_t count = 0;
  bool operator==(const TaskArgument&) const = default;
};

struct TaskFork {
  pid_t parent = 0;
  pid_t child = 0;
  bool operator==(const TaskFork&) const = default;
};

struct CallCounts {
  std::vector<TaskCall> calls;
  // Of calls whose arguments matter to a filter. Where their counts do not add up to the call's,
  // some found no room.
  std::vector<TaskArgument> arguments;
  std::vector<TaskFork> forks;
  std::uint64_t dropped = 0;  // calls and forks for which a table had no room
  bool fills = false;         // a table is half full: turn()
};

struct Table;

class CallCounter {
 public:
  // tracing_root: where tracefs is; empty: wherever it is mounted.
  explicit CallCounter(std::string tracing_root = {});

  // What the kernel lacks, as an error (code unsupported): tracefs is not mounted, no histograms,
  // not in the initial pid namespace.
  [[nodiscard]] base::Result<void> check() const;
  // Whether it is made and counts.
  [[nodiscard]] bool counts() const;
  // Whether it counts by the kernel's functions as well (CONFIG_KPROBE_EVENTS; not under lockdown).
  [[nodiscard]] bool sees_functions() const;

  // Does nothing where it counts. Errors: those of check(); kernel: the step that failed, with
  // everything removed again.
  [[nodiscard]] base::Result<void> make() const;
  // Errors (code kernel): it is not made; the task is gone.
  [[nodiscard]] base::Result<void> add(pid_t task) const;
  // What was counted since make() or the last turn(). Errors: kernel; invalid_input.
  [[nodiscard]] base::Result<CallCounts> read() const;
  // The last reading of the tables, with empty ones in their place. No call is lost; one that is
  // made in the instant in which both count may be counted twice.
  [[nodiscard]] base::Result<CallCounts> turn() const;
  // Fine where there is none. Errors: kernel.
  [[nodiscard]] base::Result<void> remove() const;

 private:
  [[nodiscard]] std::string path(std::string_view file) const;
  [[nodiscard]] std::string probes() const { return root_ + "/kprobe_events"; }
  [[nodiscard]] std::string event_file(const Table& table, std::string_view file) const;
  [[nodiscard]] base::Result<void> set_up() const;
  [[nodiscard]] bool counts_in(std::size_t table) const;
  [[nodiscard]] base::Result<std::vector<Histogram>> histograms(const Table& table) const;
  [[nodiscard]] base::Result<void> begin_anew(std::size_t table) const;
  [[nodiscard]] base::Result<void> take_paused(std::size_t table, CallCounts& counts) const;

  std::string root_;
  std::string instance_;
};

}  // namespace bulkhead::kernel
