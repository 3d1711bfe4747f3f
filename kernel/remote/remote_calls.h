// Makes a stopped, traced task run system calls that it did not ask for, and puts everything back:
// registers, signal mask, the bytes of its text. No instruction of its own runs meanwhile.
//
// Three places are known: the entry of a system call of a task that runs native code (the call is
// skipped, and executed when the task goes on); a stop that the tracer asked for, or a new task's
// first one (an interrupted call is executed again when the task goes on); and the exec event,
// where the new program's first instruction has not run. There the vdso's syscall instruction is
// used, or, in a program without one (32-bit), the entry point's bytes are replaced for the time of
// the calls.
//
// A SIGSTOP that arrives meanwhile is sent again at the end; other signals stay pending. SIGKILL
// ends the task, which is an error here. One that does not go on for half a minute (the freezer) is
// killed, since it cannot be let go as it was: also an error.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/error.h"
#include "kernel/arch/registers.h"

namespace bulkhead::kernel {

// Of the result of a call, as the kernel gives it.
[[nodiscard]] bool is_error(long result);

class RemoteCalls {
 public:
  [[nodiscard]] static base::Result<RemoteCalls> at_syscall_entry(pid_t stopped);
  // `stopped` is at PTRACE_EVENT_STOP, and not of a group stop.
  [[nodiscard]] static base::Result<RemoteCalls> at_stop(pid_t stopped);
  // `stopped` is at PTRACE_EVENT_EXEC; its execve(2) is finished first.
  [[nodiscard]] static base::Result<RemoteCalls> after_exec(pid_t stopped);

  // The result as the kernel gives it: -errno on failure. Error: the task is gone.
  [[nodiscard]] base::Result<long> call(const RemoteCall& call);

  // Puts everything back; the task is left stopped, ready to be let go. Must be called, else the
  // task has to be killed.
  [[nodiscard]] base::Result<void> finish();

  [[nodiscard]] pid_t task() const { return task_; }

  // After an exec: memory of the task that is its to write and that nobody uses, below the new
  // stack's red zone, where the kernel has room made for 128 KiB (fs/exec.c, setup_arg_pages).
  // Nothing elsewhere, and where so much is not there.
  [[nodiscard]] std::optional<std::uint64_t> scratch(std::size_t bytes) const;

  // Where the stack that the task runs on ends.
  [[nodiscard]] std::uint64_t stack_end() const { return stack_pointer(base_); }

  // What its calls are made from.
  [[nodiscard]] const Registers& registers() const { return base_; }

 private:
  explicit RemoteCalls(pid_t task) : task_(task) {}
  base::Result<void> block_signals();
  base::Result<void> run_to_syscall_stop();
  [[nodiscard]] base::Result<void> give_up() const;
  base::Result<void> borrow_instruction();

  pid_t task_;
  Registers base_{};     // what calls are built on
  Registers restore_{};  // what finish() sets
  std::uint64_t instruction_ = 0;
  std::uint64_t signal_mask_ = 0;
  bool stop_requested_ = false;
  bool after_exec_ = false;
  std::optional<long> borrowed_word_;  // of the text at instruction_
};

}  // namespace bulkhead::kernel
