// The machine that this is built for: what the gate has to know of it beside how its registers are
// used (kernel/arch/registers.h). Everything that an architecture shapes in this room lies in this
// directory; docs/porting.md goes through it.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__x86_64__)
#include "kernel/arch/x86_64.h"
#elif defined(__aarch64__)
#include "kernel/arch/aarch64.h"
#else
#error "no header in kernel/arch/ is this machine's: docs/porting.md says what it has to hold"
#endif

namespace bulkhead::kernel {

// The list that one has to fill in.
template <typename Arch>
concept Architecture = requires {
  // What a stopped task is described by and brought back from.
  requires std::copyable<typename Arch::Registers>;
  // AUDIT_ARCH_* of native code.
  requires std::same_as<decltype(Arch::kNativeAuditArch), const std::uint32_t>;
  // The bytes below its stack pointer that a program may use.
  requires std::same_as<decltype(Arch::kRedZone), const std::uint64_t>;
  // mmap(2) flags that place a mapping where 32-bit programs can have one too.
  requires std::same_as<decltype(Arch::kLowMappingFlags), const int>;
  // How the kernel names the functions by which native calls enter it, and where the first two
  // arguments stand in the struct pt_regs that these are given.
  requires std::same_as<decltype(Arch::kCallEntry), const std::string_view>;
  requires std::same_as<decltype(Arch::kArgumentOffsets), const std::array<std::size_t, 2>>;
};

#if defined(__x86_64__)
using Machine = X86_64;
#elif defined(__aarch64__)
using Machine = AArch64;
#endif
static_assert(Architecture<Machine>, "docs/porting.md: what this machine's header has to hold");

using Registers = Machine::Registers;

constexpr std::uint32_t native_audit_arch() { return Machine::kNativeAuditArch; }

}  // namespace bulkhead::kernel
