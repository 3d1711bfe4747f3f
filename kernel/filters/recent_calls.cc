#include "kernel/filters/recent_calls.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <memory>
#include <vector>

#include "policy/syscalls/syscalls.h"

namespace bulkhead::kernel {

using oci_config::ActionData;
using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;
using policy::FilterInstruction;
using policy::FilterProgram;

namespace {

using Answers = std::map<std::uint32_t, ActionData>;  // by number

// By architecture: libseccomp 2.5 knows map_shadow_stack on x86_64, and not on x32.
bool libseccomp_knows(SeccompArch arch, std::uint32_t number) {
  const std::unique_ptr<char, decltype(&std::free)> name(
      seccomp_syscall_resolve_num_arch(libseccomp_token(arch), static_cast<int>(number)),
      &std::free);
  return name != nullptr;
}

// As runtimes do: EPERM where a value is meant and none is given.
std::uint32_t returned(const ActionData& data) {
  const bool carries_value =
      data.action == SeccompAction::return_errno || data.action == SeccompAction::trace;
  const std::uint16_t value = carries_value ? data.errno_ret.value_or(EPERM) : 0;
  return policy::return_value_of({data.action, value});
}

// The first rule without conditions decides its call alone.
Answers answers_for(SeccompArch arch, const SeccompProfile& expanded) {
  Answers answers;
  const std::uint32_t by_default = returned(expanded.default_action);
  for (const SyscallRule& rule : expanded.syscalls) {
    if (!rule.args.empty() || returned(rule.action) == by_default) continue;
    for (const std::string& name : rule.names) {
      const auto number = policy::syscall_number(arch, name);
      if (number && !libseccomp_knows(arch, *number)) answers.emplace(*number, rule.action);
    }
  }
  return answers;
}

FilterInstruction load(std::size_t offset) {
  return {.code = BPF_LD | BPF_W | BPF_ABS, .k = static_cast<std::uint32_t>(offset)};
}

FilterInstruction jump(std::uint16_t comparison, std::uint32_t value, std::size_t where_true,
                       std::size_t where_false) {
  return {.code = static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K),
          .jt = static_cast<std::uint8_t>(where_true),
          .jf = static_cast<std::uint8_t>(where_false),
          .k = value};
}

// Most calls are older: they take two comparisons.
void append_block(FilterProgram& program, SeccompArch arch, Answers::const_iterator first,
                  Answers::const_iterator end) {
  constexpr std::size_t kEach = 2;
  const std::size_t answers = kEach * static_cast<std::size_t>(std::distance(first, end));
  program.push_back(load(offsetof(seccomp_data, arch)));
  program.push_back(jump(BPF_JEQ, oci_config::audit_arch(arch), 0, answers + 2));
  program.push_back(load(offsetof(seccomp_data, nr)));
  program.push_back(jump(BPF_JGE, first->first, 0, answers));
  for (; first != end; ++first) {
    program.push_back(jump(BPF_JEQ, first->first, 0, 1));
    program.push_back({.code = BPF_RET | BPF_K, .k = returned(first->second)});
  }
}

// A jump reaches 255 instructions.
void append_blocks(FilterProgram& program, SeccompArch arch, const Answers& answers) {
  constexpr std::ptrdiff_t kOfBlock = 100;
  for (auto first = answers.begin(); first != answers.end();) {
    const auto left = std::distance(first, answers.end());
    const auto end = std::next(first, std::min(left, kOfBlock));
    append_block(program, arch, first, end);
    first = end;
  }
}

std::vector<SeccompArch> covered(const SeccompProfile& expanded) {
  std::vector<SeccompArch> arches = expanded.architectures;
  const SeccompArch native = oci_config::native_arch();
  if (std::ranges::find(arches, native) == arches.end()) arches.push_back(native);
  return arches;
}

}  // namespace

std::uint32_t libseccomp_token(SeccompArch arch) {
  return arch == SeccompArch::x32 ? SCMP_ARCH_X32 : oci_config::audit_arch(arch);
}

FilterProgram answering_recent_calls(FilterProgram program, const SeccompProfile& expanded) {
  FilterProgram whole;
  for (const SeccompArch arch : covered(expanded)) {
    append_blocks(whole, arch, answers_for(arch, expanded));
  }
  if (whole.empty()) return program;
  whole.insert(whole.end(), program.begin(), program.end());
  return whole;
}

}  // namespace bulkhead::kernel
