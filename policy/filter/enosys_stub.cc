#include "policy/filter/enosys_stub.h"

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <map>
#include <utility>

#include "policy/filter/filter_machine.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy {

using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;

namespace {

constexpr std::uint16_t kLoadAbsolute = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kReturnConstant = BPF_RET | BPF_K;
constexpr std::uint16_t kJumpAlways = BPF_JMP | BPF_JA;
constexpr std::uint16_t kJumpEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t kJumpGreater = BPF_JMP | BPF_JGT | BPF_K;
constexpr std::uint16_t kJumpAtLeast = BPF_JMP | BPF_JGE | BPF_K;
constexpr std::uint16_t kJumpBits = BPF_JMP | BPF_JSET | BPF_K;
constexpr std::uint32_t kReturnEnosys = SECCOMP_RET_ERRNO | ENOSYS;

// ---- telling one -----------------------------------------------------------------------------

bool loads_arch_or_number(const FilterInstruction& instruction) {
  return instruction.code == kLoadAbsolute && (instruction.k == offsetof(seccomp_data, nr) ||
                                               instruction.k == offsetof(seccomp_data, arch));
}

bool is_conditional_jump(std::uint16_t code) {
  return code == kJumpEqual || code == kJumpGreater || code == kJumpAtLeast || code == kJumpBits;
}

// Whether the instruction at `at` may stand in a stub that ends before `end`.
bool belongs_in_stub(const FilterInstruction& instruction, std::size_t at, std::size_t end) {
  const std::size_t next = at + 1;
  if (is_conditional_jump(instruction.code)) {
    return next + instruction.jt <= end && next + instruction.jf <= end;
  }
  if (instruction.code == kJumpAlways) return next + instruction.k <= end;
  if (instruction.code == kReturnConstant) return instruction.k == kReturnEnosys;
  return loads_arch_or_number(instruction);
}

// The rest must not depend on what the stub left in the accumulator.
bool is_enosys_stub(const FilterProgram& program, std::size_t end) {
  if (end >= program.size() || program[end].code != kLoadAbsolute) return false;
  for (std::size_t at = 0; at < end; ++at) {
    if (!belongs_in_stub(program[at], at, end)) return false;
  }
  return true;
}

// ---- making one ------------------------------------------------------------------------------

constexpr FilterInstruction load(std::size_t offset) {
  return {.code = kLoadAbsolute, .k = static_cast<std::uint32_t>(offset)};
}

// A default that answers ENOSYS itself needs none.
bool needs_stub(const oci_config::ActionData& by_default) {
  switch (by_default.action) {
    case SeccompAction::allow:
    case SeccompAction::log:
    case SeccompAction::trace: return false;
    case SeccompAction::return_errno: return by_default.errno_ret != ENOSYS;
    default: return true;
  }
}

// The highest number that the profile names there.
std::optional<std::uint32_t> last_call(const SeccompProfile& profile, SeccompArch arch) {
  std::optional<std::uint32_t> last;
  for (const auto& rule : profile.syscalls) {
    for (const std::string& name : rule.names) {
      const auto number = syscall_number(arch, name);
      if (number) last = std::max(last.value_or(0), *number);
    }
  }
  return last;
}

// ENOSYS behind `last`, up to where another ABI's numbers begin.
FilterProgram behind_last(SeccompArch arch, std::uint32_t last) {
  if (arch == SeccompArch::x32) {
    return {{.code = kJumpAtLeast, .jt = 0, .jf = 2, .k = kX32Bit},
            {.code = kJumpGreater, .jt = 0, .jf = 1, .k = last},
            {.code = kReturnConstant, .k = kReturnEnosys}};
  }
  if (arch == SeccompArch::x86_64) {
    return {{.code = kJumpAtLeast, .jt = 2, .jf = 0, .k = kX32Bit},
            {.code = kJumpGreater, .jt = 0, .jf = 1, .k = last},
            {.code = kReturnConstant, .k = kReturnEnosys}};
  }
  return {{.code = kJumpGreater, .jt = 0, .jf = 1, .k = last},
          {.code = kReturnConstant, .k = kReturnEnosys}};
}

// What each of the kernel's architectures does with a number.
std::map<std::uint32_t, FilterProgram> sections_of(const SeccompProfile& profile) {
  std::map<std::uint32_t, FilterProgram> sections;
  for (const SeccompArch arch : syscall_arches()) {
    if (std::ranges::find(profile.architectures, arch) == profile.architectures.end()) continue;
    const auto last = last_call(profile, arch);
    if (!last) continue;
    FilterProgram& section = sections[audit_arch(arch)];
    std::ranges::copy(behind_last(arch, *last), std::back_inserter(section));
  }
  return sections;
}

FilterProgram stub_of(const SeccompProfile& profile) {
  const auto sections = sections_of(profile);
  if (sections.empty()) return {};
  FilterProgram stub{load(offsetof(seccomp_data, arch))};
  std::size_t left = 0;
  for (const auto& [arch, section] : sections) left += section.size() + 3;
  for (const auto& [arch, section] : sections) {
    const std::size_t size = section.size() + 3;
    left -= size;
    stub.push_back(
        {.code = kJumpEqual, .jt = 0, .jf = static_cast<std::uint8_t>(size - 1), .k = arch});
    stub.push_back(load(offsetof(seccomp_data, nr)));
    std::ranges::copy(section, std::back_inserter(stub));
    stub.push_back({.code = kJumpAlways, .k = static_cast<std::uint32_t>(left)});
  }
  return stub;
}

}  // namespace

bool is_behind_enosys_stub(const FilterProgram& observed, const FilterProgram& expected) {
  if (expected.empty() || observed.size() <= expected.size()) return false;
  const std::size_t end = observed.size() - expected.size();
  return std::equal(expected.begin(), expected.end(),
                    observed.begin() + static_cast<std::ptrdiff_t>(end)) &&
         is_enosys_stub(observed, end);
}

std::optional<FilterProgram> without_enosys_stub(const FilterProgram& program) {
  const auto first_return = std::ranges::find_if(program, [](const FilterInstruction& instruction) {
    return instruction.code == kReturnConstant;
  });
  for (auto end = static_cast<std::size_t>(first_return - program.begin()) + 1;
       end < program.size(); ++end) {
    if (!belongs_in_stub(program[end - 1], end - 1, program.size())) return std::nullopt;
    if (is_enosys_stub(program, end)) {
      return FilterProgram(program.begin() + static_cast<std::ptrdiff_t>(end), program.end());
    }
  }
  return std::nullopt;
}

FilterProgram with_enosys_stub(const SeccompProfile& profile, FilterProgram program) {
  if (!needs_stub(profile.default_action)) return program;
  FilterProgram stub = stub_of(profile);
  const bool fits = stub.size() + program.size() <= kMaxInstructions;
  if (stub.empty() || !fits || program.empty() || program.front().code != kLoadAbsolute) {
    return program;
  }
  std::ranges::copy(program, std::back_inserter(stub));
  return stub;
}

}  // namespace bulkhead::policy
