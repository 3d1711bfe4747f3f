// Names for the numbers of the kernel: architectures by their audit value, calls by architecture
// and number, x32 among x86_64's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

// x32 where the number says so. Nothing for an architecture that the OCI spec does not know.
[[nodiscard]] std::optional<oci_config::SeccompArch> arch_of(std::uint32_t audit_arch,
                                                             std::uint32_t nr);

// "x86_64", "x32", "arch 0xc00000f3".
[[nodiscard]] std::string arch_name(std::uint32_t audit_arch, std::uint32_t nr);
[[nodiscard]] std::string_view call_name(std::uint32_t audit_arch, std::uint32_t nr);

// The architecture of a range that tells a reader most: one with a table of calls where there is
// one.
[[nodiscard]] std::uint32_t telling_arch(std::uint32_t first, std::uint32_t last);

struct NumberSpan {
  std::uint32_t first;
  std::uint32_t last;
};

// Numbers that behave alike as a reader wants to hear of them: each named one by itself, and one
// span for the first run of those without a name.
[[nodiscard]] std::vector<NumberSpan> name_numbers(std::uint32_t audit_arch, std::uint32_t first,
                                                   std::uint32_t last);

// The first call of a range, with a name where one has one: "'openat' on x86_64", "system call 1000
// on arch 0xc00000f3".
[[nodiscard]] std::string first_call(std::uint32_t audit_arch, NumberSpan numbers);

// "not analysable: instruction 17: …".
[[nodiscard]] std::unexpected<base::Error> not_analysable(std::uint32_t instruction);

}  // namespace bulkhead::policy
