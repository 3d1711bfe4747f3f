// arm64, which also runs programs of 32-bit ARM (EABI). For kernel/arch/architecture.h alone.
#pragma once

#include <linux/audit.h>
#include <sys/user.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bulkhead::kernel {

// Either half's, as arch/arm64/kernel/ptrace.c maps them: r0 to r14 of a 32-bit task are the first
// of `regs`, and its cpsr is `pstate`.
struct ArmRegisters {
  user_regs_struct general{};
  std::int32_t call = -1;          // NT_ARM_SYSTEM_CALL: what the kernel acts on; -1: none
  bool is_32_bit = false;          // a program of 32-bit ARM
  std::uint32_t first_before = 0;  // r0 as it was at the entry (ARM_ORIG_r0); 32-bit tasks alone
};

struct AArch64 {
  using Registers = ArmRegisters;
  static constexpr std::uint32_t kNativeAuditArch = AUDIT_ARCH_AARCH64;
  static constexpr std::uint64_t kRedZone = 0;  // AAPCS64, 6.4.5: nothing below sp is anybody's
  static constexpr int kLowMappingFlags = 0;    // 32-bit tasks map by their own call
  static constexpr std::string_view kCallEntry = "__arm64_sys_";  // asm/syscall_wrapper.h
  static constexpr std::array<std::size_t, 2> kArgumentOffsets = {0, sizeof(std::uint64_t)};
};

}  // namespace bulkhead::kernel
