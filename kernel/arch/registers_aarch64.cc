// arm64 and 32-bit ARM: syscall(2), AAPCS64, arch/arm64/kernel/{ptrace,signal,syscall}.c.
//
// - The kernel acts on a number of its own (NT_ARM_SYSTEM_CALL); x8, or r7, is where it came from.
// - At a system call's stops x7, or r12, tells the tracer which of the two it is. What is written
//   there is left aside, and the task has its own value afterwards: nothing has to be done for it.
// - What becomes of an interrupted call is decided before its stop: pc leads to the call again. One
//   that waits for a time waits for the whole of it, since what is left of it is not to be seen.
#if defined(__aarch64__)

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <iterator>

#include "base/text.h"
#include "kernel/arch/registers.h"

namespace bulkhead::kernel {

using base::cat;

namespace {

constexpr std::array<std::uint8_t, 4> kSvc = {0x01, 0x00, 0x00, 0xd4};
constexpr std::array<std::uint8_t, 4> kSvcArm = {0x00, 0x00, 0x00, 0xef};
constexpr std::array<std::uint8_t, 2> kSvcThumb = {0x00, 0xdf};
constexpr std::uint64_t kThumb = 1U << 5;  // of cpsr (PSR_AA32_T_BIT)

constexpr std::size_t kNumber = 8;     // x8
constexpr std::size_t kNumberArm = 7;  // r7, as EABI has it
constexpr std::size_t kStackArm = 13;

// Beyond what any kernel gives to programs, and not the kernel's own (bit 55).
constexpr std::uint64_t kUnmapped = 0x007f'ffff'ffff'f000;
constexpr std::uint64_t kUnmappedArm = 0xffff'f000;

// r0 to r15, cpsr, r0 as it was at the entry (struct user_regs of 32-bit ARM).
using NarrowRegisters = std::array<std::uint32_t, 18>;
constexpr std::size_t kPc = 15, kCpsr = 16, kFirstBefore = 17;

// The calls that the gate makes a 32-bit program run (asm/unistd-common.h of arch/arm).
struct NarrowCall {
  long native;
  std::uint32_t arm;
};
constexpr std::array<NarrowCall, 3> kNarrowCalls = {{
    {SYS_mmap, 192},  // mmap2, whose offset is in pages
    {SYS_munmap, 91},
    {SYS_seccomp, 383},
}};

// One that is not among them is answered with ENOSYS.
std::uint32_t narrow_number(long native) {
  const auto* const row = std::ranges::find(kNarrowCalls, native, &NarrowCall::native);
  return row == kNarrowCalls.end() ? ~std::uint32_t{0} : row->arm;
}

std::size_t number_register(const Registers& registers) {
  return registers.is_32_bit ? kNumberArm : kNumber;
}

Registers from_narrow(const NarrowRegisters& narrow) {
  Registers registers{.is_32_bit = true, .first_before = narrow[kFirstBefore]};
  std::copy_n(narrow.begin(), kPc, std::begin(registers.general.regs));
  registers.general.pc = narrow[kPc];
  registers.general.pstate = narrow[kCpsr];
  return registers;
}

NarrowRegisters to_narrow(const Registers& registers) {
  const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  NarrowRegisters narrow{};
  std::transform(std::begin(registers.general.regs), std::begin(registers.general.regs) + kPc,
                 narrow.begin(), low);
  narrow[kPc] = low(registers.general.pc);
  narrow[kCpsr] = low(registers.general.pstate);
  narrow[kFirstBefore] = registers.first_before;
  return narrow;
}

bool transfer(long request, pid_t stopped, unsigned kind, iovec buffer) {
  return ::ptrace(static_cast<__ptrace_request>(request), stopped, kind, &buffer) == 0;
}

// The same call, not yet made.
Registers before_call(const Registers& after_call) {
  Registers registers = after_call;
  registers.general.pc = instruction_of(after_call);
  registers.call = -1;
  return registers;
}

}  // namespace

base::Result<Registers> read_registers(pid_t stopped) {
  Registers registers;
  iovec general{.iov_base = &registers.general, .iov_len = sizeof registers.general};
  if (::ptrace(PTRACE_GETREGSET, stopped, NT_PRSTATUS, &general) != 0) {
    return base::fail_errno(base::ErrorCode::kernel, "read the registers of",
                            cat("process ", stopped));
  }
  if (general.iov_len == sizeof(NarrowRegisters)) {
    NarrowRegisters narrow;
    const auto* const bytes = reinterpret_cast<const std::byte*>(&registers.general);
    std::copy_n(bytes, sizeof narrow, reinterpret_cast<std::byte*>(narrow.data()));
    registers = from_narrow(narrow);
  }
  if (!transfer(PTRACE_GETREGSET, stopped, NT_ARM_SYSTEM_CALL,
                {.iov_base = &registers.call, .iov_len = sizeof registers.call})) {
    return base::fail_errno(base::ErrorCode::kernel, "read the system call of",
                            cat("process ", stopped));
  }
  return registers;
}

base::Result<void> write_registers(pid_t stopped, const Registers& registers) {
  user_regs_struct general = registers.general;
  NarrowRegisters narrow = to_narrow(registers);
  std::int32_t call = registers.call;
  const iovec content = registers.is_32_bit
                            ? iovec{.iov_base = narrow.data(), .iov_len = sizeof narrow}
                            : iovec{.iov_base = &general, .iov_len = sizeof general};
  if (!transfer(PTRACE_SETREGSET, stopped, NT_PRSTATUS, content) ||
      !transfer(PTRACE_SETREGSET, stopped, NT_ARM_SYSTEM_CALL,
                {.iov_base = &call, .iov_len = sizeof call})) {
    return base::fail_errno(base::ErrorCode::kernel, "set the registers of",
                            cat("process ", stopped));
  }
  return {};
}

std::span<const std::uint8_t> native_syscall_instruction() { return kSvc; }

std::span<const std::uint8_t> syscall_instruction(const Registers& registers) {
  if (!registers.is_32_bit) return kSvc;
  if ((registers.general.pstate & kThumb) != 0) return kSvcThumb;
  return kSvcArm;
}

Registers with_call(const Registers& base, const RemoteCall& call, std::uint64_t instruction) {
  Registers registers = base;
  std::ranges::copy(call.args, std::begin(registers.general.regs));
  registers.general.pc = instruction;
  registers.general.regs[number_register(base)] = number_of(base, call.nr);
  registers.call = -1;  // else the kernel might take it for a restart
  return registers;
}

// Addresses of 32-bit programs reach into what would be negative.
long result_of(const Registers& at_exit) {
  constexpr std::uint32_t kFirstError = static_cast<std::uint32_t>(-4095);  // MAX_ERRNO
  const std::uint64_t result = at_exit.general.regs[0];
  if (!at_exit.is_32_bit) return static_cast<long>(result);
  const auto narrow = static_cast<std::uint32_t>(result);
  return narrow >= kFirstError ? static_cast<std::int32_t>(narrow) : static_cast<long>(narrow);
}

std::uint32_t audit_arch_of(const Registers& registers) {
  return registers.is_32_bit ? AUDIT_ARCH_ARM : native_audit_arch();
}

std::uint32_t number_of(const Registers& registers, long native_call) {
  return registers.is_32_bit ? narrow_number(native_call) : static_cast<std::uint32_t>(native_call);
}

std::size_t pointer_bytes(const Registers& registers) {
  return registers.is_32_bit ? sizeof(std::uint32_t) : sizeof(void*);
}

std::uint64_t instruction_of(const Registers& at_entry) {
  return at_entry.general.pc - syscall_instruction(at_entry).size();
}

Registers cancelled(const Registers& at_entry) {
  Registers registers = at_entry;
  registers.call = -1;
  return registers;
}

Registers replayed(const Registers& at_entry) {
  Registers registers = before_call(at_entry);
  registers.general.regs[number_register(at_entry)] = static_cast<std::uint64_t>(at_entry.call);
  return registers;
}

Registers with_argument(const Registers& at_call, std::size_t index, std::uint64_t value) {
  Registers registers = at_call;
  registers.general.regs[index] = value;
  return registers;
}

Registers continued(const Registers& at_stop) { return cancelled(at_stop); }

// No division faults here: for SIGFPE there is no code.
FaultingState faulting_by(const Registers& at_fault, int signal) {
  static constexpr std::uint8_t kUdf[] = {0x00, 0x00, 0x00, 0x00};
  static constexpr std::uint8_t kBrk[] = {0x00, 0x00, 0x20, 0xd4};
  FaultingState state{.registers = cancelled(at_fault), .code = {}};
  const bool is_native = !at_fault.is_32_bit;
  if (is_native && signal == SIGILL) {
    state.code = kUdf;
  } else if (is_native && signal == SIGTRAP) {
    state.code = kBrk;
  } else if (is_native && signal == SIGBUS) {
    state.registers.general.pc |= 2;  // instructions stand at multiples of four
  } else {
    state.registers.general.pc = is_native ? kUnmapped : kUnmappedArm;
  }
  return state;
}

// The kernel has put the first argument back (syscall_rollback).
Registers asking_again(const Registers& at_fault, long refused_call) {
  Registers registers = before_call(at_fault);
  registers.general.regs[number_register(at_fault)] = static_cast<std::uint64_t>(refused_call);
  return registers;
}

std::uint64_t stack_pointer(const Registers& registers) {
  return registers.is_32_bit ? registers.general.regs[kStackArm] : registers.general.sp;
}

// The kernel has forgotten its number where a signal stopped it.
std::uint64_t current_call(const Registers& registers) {
  const std::int64_t call = registers.call;
  return call >= 0 ? static_cast<std::uint64_t>(call)
                   : registers.general.regs[number_register(registers)];
}

std::uint64_t instruction_pointer(const Registers& registers) { return registers.general.pc; }

}  // namespace bulkhead::kernel

#endif  // __aarch64__
