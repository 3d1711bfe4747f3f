// What a filter decides, exactly: for every (architecture, number) the set of argument conditions
// with their answers. Two sources give the same kind of value: a compiled program, by walking its
// paths; and a profile, by the meaning of its rules. Comparing both is the self-check.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"
#include "policy/filter.h"

namespace bulkhead::policy {

// A system call on which two filters answer differently.
struct Witness {
  SyscallEvent event;
  std::string arch_name;     // "x86_64", "x86", "x32", or "arch 0x…"
  std::string syscall_name;  // empty for a number without a name
  FilterAnswer a;
  FilterAnswer b;
};

// "clone(0x10000000, 0, 0, 0, 0, 0) on x86_64: ALLOW against ERRNO(1)".
[[nodiscard]] std::string describe(const Witness& witness);

enum class Relation : std::uint8_t { equal, a_stricter, b_stricter, incomparable };
[[nodiscard]] std::string_view name_of(Relation relation);

struct Comparison {
  Relation relation = Relation::equal;
  std::vector<Witness> witnesses;  // one for each (arch, nr, kind of difference); empty when equal
};

// Compares stacks of programs (newest first). Error: unsupported ("not analysable: instruction 17:
// …") or when the bound on work is hit.
[[nodiscard]] base::Result<Comparison> compare(const std::vector<FilterProgram>& a,
                                               const std::vector<FilterProgram>& b);

// The self-check: does the program answer as the expanded profile says, for every rule, every listed
// architecture, and everything that is not listed? What libseccomp adds is allowed for: the bad-arch
// action (KILL_THREAD) for architectures that are not listed.
[[nodiscard]] base::Result<std::vector<Witness>> disagreements(
    const FilterProgram& program, const oci_config::SeccompProfile& expanded,
    oci_config::SeccompArch native);

// The floor: what `profile` allows and `floor` does not, at the level of their rules; no compile.
[[nodiscard]] base::Result<std::vector<Witness>> excess(const oci_config::SeccompProfile& profile,
                                                        const oci_config::SeccompProfile& floor,
                                                        oci_config::SeccompArch native);

}  // namespace bulkhead::policy
