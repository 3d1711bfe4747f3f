// x86-64: System V and Linux syscall conventions (syscall(2), arch/x86/entry/entry_64.S).
#if defined(__x86_64__)

#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <algorithm>
#include <csignal>
#include <iterator>

#include "base/text.h"
#include "kernel/arch/registers.h"

namespace bulkhead::kernel {

using base::cat;

namespace {

constexpr std::array<std::uint8_t, 2> kSyscallInstruction = {0x0f, 0x05};
constexpr unsigned long long kUserCodeSegment64 = 0x33;  // __USER_CS (asm/segment.h)
constexpr std::uint64_t kNoSyscall = ~std::uint64_t{0};  // orig_rax outside of a system call

// What an interrupted call returns inside the kernel (include/linux/errno.h, never seen outside of
// ptrace): execute it again, or let restart_syscall(2) go on with what is left of its time.
constexpr long kRestart[] = {-512, -513, -514};  // ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND
constexpr long kRestartBlock = -516;             // ERESTART_RESTARTBLOCK

// The first address beyond user space: nothing can be mapped there.
constexpr std::uint64_t kUnmapped = 0x7fff'ffff'f000;

}  // namespace

// PTRACE_GETREGS and PTRACE_SETREGS use the tracer's 64-bit layout whatever mode the task is in
// (PTRACE_GETREGSET does not).
base::Result<Registers> read_registers(pid_t stopped) {
  Registers registers;
  if (::ptrace(PTRACE_GETREGS, stopped, nullptr, &registers) != 0) {
    return base::fail_errno(base::ErrorCode::kernel, "read the registers of",
                            cat("process ", stopped));
  }
  return registers;
}

base::Result<void> write_registers(pid_t stopped, const Registers& registers) {
  if (::ptrace(PTRACE_SETREGS, stopped, nullptr, &registers) != 0) {
    return base::fail_errno(base::ErrorCode::kernel, "set the registers of",
                            cat("process ", stopped));
  }
  return {};
}

std::span<const std::uint8_t> native_syscall_instruction() { return kSyscallInstruction; }

std::span<const std::uint8_t> syscall_instruction(const Registers&) { return kSyscallInstruction; }

Registers with_call(const Registers& base, const RemoteCall& call, std::uint64_t instruction) {
  Registers registers = base;
  registers.rip = instruction;
  registers.cs = kUserCodeSegment64;
  registers.rax = static_cast<std::uint64_t>(call.nr);
  registers.orig_rax = kNoSyscall;  // else the kernel might take it for a restart
  registers.rdi = call.args[0];
  registers.rsi = call.args[1];
  registers.rdx = call.args[2];
  registers.r10 = call.args[3];
  registers.r8 = call.args[4];
  registers.r9 = call.args[5];
  return registers;
}

long result_of(const Registers& at_exit) { return static_cast<long>(at_exit.rax); }

std::uint32_t audit_arch_of(const Registers&) { return native_audit_arch(); }

std::uint32_t number_of(const Registers&, long native_call) {
  return static_cast<std::uint32_t>(native_call);
}

std::size_t pointer_bytes(const Registers&) { return sizeof(void*); }

std::uint64_t instruction_of(const Registers& at_entry) {
  return at_entry.rip - kSyscallInstruction.size();
}

Registers cancelled(const Registers& at_entry) {
  Registers registers = at_entry;
  registers.orig_rax = kNoSyscall;
  return registers;
}

Registers replayed(const Registers& at_entry) {
  Registers registers = at_entry;
  registers.rip = instruction_of(at_entry);
  registers.rax = at_entry.orig_rax;
  registers.orig_rax = kNoSyscall;
  return registers;
}

Registers with_argument(const Registers& at_call, std::size_t index, std::uint64_t value) {
  constexpr std::array kArguments = {&Registers::rdi, &Registers::rsi, &Registers::rdx,
                                     &Registers::r10, &Registers::r8,  &Registers::r9};
  Registers registers = at_call;
  registers.*kArguments.at(index) = value;
  return registers;
}

Registers continued(const Registers& at_stop) {
  Registers registers = at_stop;
  registers.orig_rax = kNoSyscall;
  const bool in_call = at_stop.orig_rax != kNoSyscall;
  const long result = result_of(at_stop);
  if (in_call && std::ranges::find(kRestart, result) != std::end(kRestart)) {
    registers.rip = instruction_of(at_stop);
    registers.rax = at_stop.orig_rax;
  } else if (in_call && result == kRestartBlock) {
    registers.rip = instruction_of(at_stop);
    registers.rax = SYS_restart_syscall;
  }
  return registers;
}

FaultingState faulting_by(const Registers& at_fault, int signal) {
  static constexpr std::uint8_t kUd2[] = {0x0f, 0x0b};
  static constexpr std::uint8_t kInt3[] = {0xcc};
  static constexpr std::uint8_t kDivideByEcx[] = {0xf7, 0xf1};
  static constexpr std::uint8_t kPush[] = {0x50};
  FaultingState state{.registers = at_fault, .code = {}};
  state.registers.orig_rax = kNoSyscall;
  state.registers.rcx = 0;
  switch (signal) {
    case SIGILL: state.code = kUd2; break;
    case SIGTRAP: state.code = kInt3; break;
    case SIGFPE: state.code = kDivideByEcx; break;
    case SIGBUS:  // #SS, of a stack at no canonical address
      state.code = kPush;
      state.registers.rsp = std::uint64_t{1} << 63;
      break;
    default: state.registers.rip = kUnmapped;
  }
  return state;
}

Registers asking_again(const Registers& at_fault, long refused_call) {
  Registers registers = at_fault;
  registers.orig_rax = kNoSyscall;
  registers.rip = instruction_of(at_fault);
  registers.rax = static_cast<std::uint64_t>(refused_call);
  return registers;
}

std::uint64_t stack_pointer(const Registers& registers) { return registers.rsp; }

std::uint64_t current_call(const Registers& registers) { return registers.orig_rax; }

std::uint64_t instruction_pointer(const Registers& registers) { return registers.rip; }

}  // namespace bulkhead::kernel

#endif  // __x86_64__
