// Names and numbers of system calls by architecture. The tables are generated at build time from
// the libseccomp that the kernel ring compiles with (policy/syscalls/generate_syscall_tables.cc),
// so that both speak of the same calls.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

// Bit 30 marks an x32 call under AUDIT_ARCH_X86_64 (asm/unistd.h, __X32_SYSCALL_BIT).
inline constexpr std::uint32_t kX32Bit = 0x40000000;

struct SyscallEntry {
  std::string_view name;
  std::uint32_t nr;  // x32 entries carry kX32Bit
};

// The architectures of which there is a table: x86_64, x86, x32, aarch64, arm.
[[nodiscard]] std::span<const oci_config::SeccompArch> syscall_arches();
// Sorted by number.
[[nodiscard]] std::span<const SyscallEntry> syscalls_of(oci_config::SeccompArch arch);

[[nodiscard]] std::optional<std::uint32_t> syscall_number(oci_config::SeccompArch arch,
                                                          std::string_view name);
[[nodiscard]] std::string_view syscall_name(oci_config::SeccompArch arch, std::uint32_t nr);

// Whether any architecture has a call of that name.
[[nodiscard]] bool is_syscall_name(std::string_view name);
[[nodiscard]] std::optional<std::string_view> nearest_syscall_name(std::string_view name);

}  // namespace bulkhead::policy
