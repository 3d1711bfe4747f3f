// Calls with these arguments, and the numbers of getpid(2): what differs between the
// machines that tests/live/filter_kernel_test.cc runs on.
#pragma once

#include <linux/audit.h>

#include <cstdint>

#include "policy/filter/filter.h"

namespace bulkhead::policy::test {

#if defined(__x86_64__)

inline constexpr std::uint32_t kNativeArch = AUDIT_ARCH_X86_64;
inline constexpr std::uint32_t kNativeGetpid = 39;
// A program of 64 bits can make these, too.
inline constexpr bool kMakes32BitCalls = true;
inline constexpr std::uint32_t k32BitArch = AUDIT_ARCH_I386;
inline constexpr std::uint32_t k32BitGetpid = 20;

inline std::int64_t call_native(const SyscallEvent& event) {
  const std::uint64_t* args =
      event.args.data();  // no function may be called once registers are set
  register std::uint64_t arg3 asm("r10") = args[3];
  register std::uint64_t arg4 asm("r8") = args[4];
  register std::uint64_t arg5 asm("r9") = args[5];
  std::uint64_t result = event.nr;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(args[0]), "S"(args[1]), "d"(args[2]), "r"(arg3), "r"(arg4), "r"(arg5)
               : "rcx", "r11", "memory");
  return static_cast<std::int64_t>(result);
}

// The i386 entry takes its sixth argument in ebp, which the compiler may need.
inline std::int64_t call_32_bit(const SyscallEvent& event) {
  std::uint64_t result = event.nr;
  register std::uint64_t last asm("r12") = event.args[5];
  asm volatile(
      "push %%rbp\n\t"
      "mov %%r12, %%rbp\n\t"
      "int $0x80\n\t"
      "pop %%rbp"
      : "+a"(result)
      : "b"(event.args[0]), "c"(event.args[1]), "d"(event.args[2]), "S"(event.args[3]),
        "D"(event.args[4]), "r"(last)
      : "r8", "r9", "r10", "r11", "memory");
  return static_cast<std::int32_t>(result);
}

#elif defined(__aarch64__)

inline constexpr std::uint32_t kNativeArch = AUDIT_ARCH_AARCH64;
inline constexpr std::uint32_t kNativeGetpid = 172;
// The processor takes them of 32-bit programs alone.
inline constexpr bool kMakes32BitCalls = false;
inline constexpr std::uint32_t k32BitArch = AUDIT_ARCH_ARM;
inline constexpr std::uint32_t k32BitGetpid = 20;

inline std::int64_t call_native(const SyscallEvent& event) {
  const std::uint64_t* args =
      event.args.data();  // no function may be called once registers are set
  register std::uint64_t number asm("x8") = event.nr;
  register std::uint64_t arg0 asm("x0") = args[0];
  register std::uint64_t arg1 asm("x1") = args[1];
  register std::uint64_t arg2 asm("x2") = args[2];
  register std::uint64_t arg3 asm("x3") = args[3];
  register std::uint64_t arg4 asm("x4") = args[4];
  register std::uint64_t arg5 asm("x5") = args[5];
  asm volatile("svc #0"
               : "+r"(arg0)
               : "r"(number), "r"(arg1), "r"(arg2), "r"(arg3), "r"(arg4), "r"(arg5)
               : "memory");
  return static_cast<std::int64_t>(arg0);
}

inline std::int64_t call_32_bit(const SyscallEvent&) { __builtin_trap(); }

#else
#error "no system call by hand for this architecture yet"
#endif

}  // namespace bulkhead::policy::test
