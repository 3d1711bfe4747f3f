// Names and numbers of system calls by architecture, and the kernel in which each came: those of
// policy/syscalls/syscalls.tbl, which is made from the kernel's own headers (`make syscall-table`).
// A libseccomp may know fewer; what that means for a filter is kernel/filters/seccomp_compiler's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
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

// The kernel whose calls the tables hold: "7.2".
[[nodiscard]] std::string_view newest_kernel();
// "5.6": the first kernel with a call of that name. "6.12-7.2": it came after 6.12, with 7.2 at the
// latest. Empty: not known, but in 6.1.
[[nodiscard]] std::string_view first_kernel_of(std::string_view name);
// What first_kernel_of() gave, for people: "since Linux 5.6", "since a Linux after 6.12, 7.2 at the
// latest". Empty for what is not known.
[[nodiscard]] std::string first_kernel_text(std::string_view first_kernel);

// Whether it came after Linux 5.17, where libseccomp 2.5 ends: runtimes that are linked to that
// leave rules for it out.
[[nodiscard]] bool is_recent_call(std::string_view name);

// Whether any architecture has a call of that name, those without a table included.
[[nodiscard]] bool is_syscall_name(std::string_view name);
[[nodiscard]] std::optional<std::string_view> nearest_syscall_name(std::string_view name);

}  // namespace bulkhead::policy
