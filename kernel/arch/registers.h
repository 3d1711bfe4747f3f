// The few lines of the gate that an architecture shapes: how a stopped task is made to run a system
// call, and which calls give privileges away. Each architecture implements them in a file of its
// own beside this one.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "kernel/arch/architecture.h"

namespace bulkhead::kernel {

struct RemoteCall {
  long nr = 0;
  std::array<std::uint64_t, 6> args{};
};

// The general registers of a stopped task. Errors: kernel, with the task's number.
[[nodiscard]] base::Result<Registers> read_registers(pid_t stopped);
[[nodiscard]] base::Result<void> write_registers(pid_t stopped, const Registers& registers);

// The bytes of the instruction that enters the kernel from native code, and from where a task with
// these registers is made to call.
[[nodiscard]] std::span<const std::uint8_t> native_syscall_instruction();
[[nodiscard]] std::span<const std::uint8_t> syscall_instruction(const Registers& registers);

// Registers that execute `call`, which has the number of native code, by the syscall instruction at
// `instruction`, with the rest of `base`. A task in 32-bit mode is put into native mode for it, and
// `base` brings it back; where the kernel switches no mode it calls by its own ABI.
[[nodiscard]] Registers with_call(const Registers& base, const RemoteCall& call,
                                  std::uint64_t instruction);
[[nodiscard]] long result_of(const Registers& at_exit);  // -errno on failure

// What filters see of calls by with_call(): their architecture (AUDIT_ARCH_*) and what a number of
// native code is then. And how wide the pointers are that such calls find in memory.
[[nodiscard]] std::uint32_t audit_arch_of(const Registers& registers);
[[nodiscard]] std::uint32_t number_of(const Registers& registers, long native_call);
[[nodiscard]] std::size_t pointer_bytes(const Registers& registers);

// At a syscall entry: the instruction that led here; registers that skip the call; registers that,
// set at a later stop, execute the same call again.
[[nodiscard]] std::uint64_t instruction_of(const Registers& at_entry);
[[nodiscard]] Registers cancelled(const Registers& at_entry);
[[nodiscard]] Registers replayed(const Registers& at_entry);

// At a syscall entry or exit: registers with another value where that argument of the call is. The
// task finds it there after the call.
[[nodiscard]] Registers with_argument(const Registers& at_call, std::size_t index,
                                      std::uint64_t value);

// At a stop between system calls or in an interrupted one: registers that, set at a later stop, go
// on as the kernel would have gone on, which is to execute an interrupted call again.
[[nodiscard]] Registers continued(const Registers& at_stop);

// What makes a task fault at once, without running anything of its own: registers, and code that
// stands where they lead. Without code they lead to where nothing can be mapped.
struct FaultingState {
  Registers registers;
  std::span<const std::uint8_t> code;
};
// By which the kernel forces `signal` (one of SEGV, BUS, ILL, FPE, TRAP) on it; SIGSEGV for others.
[[nodiscard]] FaultingState faulting_by(const Registers& at_fault, int signal);

// At a SIGSYS: registers that make the task ask for the refused call again.
[[nodiscard]] Registers asking_again(const Registers& at_fault, long refused_call);

// Where the program's stack ends, red zone not counted.
[[nodiscard]] std::uint64_t stack_pointer(const Registers& registers);

// The system call that a task is in, also where a signal stopped it there; none: beyond any number.
[[nodiscard]] std::uint64_t current_call(const Registers& registers);

// Where the program's next instruction is.
[[nodiscard]] std::uint64_t instruction_pointer(const Registers& registers);

}  // namespace bulkhead::kernel
