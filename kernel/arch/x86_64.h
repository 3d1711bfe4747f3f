// x86-64, which also runs programs of i386 and x32. For kernel/arch/architecture.h alone.
#pragma once

#include <linux/audit.h>
#include <sys/mman.h>
#include <sys/user.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bulkhead::kernel {

struct X86_64 {
  using Registers = user_regs_struct;
  static constexpr std::uint32_t kNativeAuditArch = AUDIT_ARCH_X86_64;
  static constexpr std::uint64_t kRedZone = 128;  // System V ABI for x86-64, 3.2.2
  static constexpr int kLowMappingFlags = MAP_32BIT;
  static constexpr std::string_view kCallEntry = "__x64_sys_";  // asm/syscall_wrapper.h
  static constexpr std::array<std::size_t, 2> kArgumentOffsets = {offsetof(user_regs_struct, rdi),
                                                                  offsetof(user_regs_struct, rsi)};
};

}  // namespace bulkhead::kernel
