#include "kernel/filters/recent_calls.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "kernel/filters/call_answers.h"
#include "oci-config/rule_meaning.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::kernel {

using oci_config::ActionData;
using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;
using policy::FilterProgram;

namespace {

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
void add_rule(CallAnswers& answers, const SyscallRule& rule) {
  const bool is_decided = !answers.first_of.empty() && answers.first_of.front().conditions.empty();
  if (is_decided) return;
  if (rule.args.empty()) answers.first_of.clear();
  for (auto& conditions : oci_config::alternatives_of(rule.args)) {
    answers.first_of.push_back({std::move(conditions), returned(rule.action)});
  }
}

// Of the rules that say something else than the default action, for the calls that are asked for.
template <class IsAsked>
AnswersByNumber answers_for(SeccompArch arch, const SeccompProfile& expanded, IsAsked is_asked) {
  AnswersByNumber answers;
  const std::uint32_t by_default = returned(expanded.default_action);
  for (const SyscallRule& rule : expanded.syscalls) {
    if (returned(rule.action) == by_default) continue;
    for (const std::string& name : rule.names) {
      const auto number = policy::syscall_number(arch, name);
      if (!number || !is_asked(name, *number)) continue;
      add_rule(answers.try_emplace(*number, CallAnswers{{}, by_default}).first->second, rule);
    }
  }
  return answers;
}

// Only what is stricter than the default action; everything else is left to the runtime's filter.
AnswersByNumber denials_among(AnswersByNumber answers, SeccompAction by_default) {
  for (auto& [number, of_call] : answers) {
    of_call.otherwise = SECCOMP_RET_ALLOW;
    std::erase_if(of_call.first_of, [by_default](const CallAnswer& answer) {
      const auto action = policy::answer_of_return_value(answer.returned).action;
      return policy::at_least_as_strict(by_default, action);
    });
  }
  std::erase_if(answers, [](const auto& call) { return call.second.first_of.empty(); });
  return answers;
}

void append(FilterProgram& program, const FilterProgram& more) {
  program.insert(program.end(), more.begin(), more.end());
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

FilterProgram answering_recent_calls(const FilterProgram& program, const SeccompProfile& expanded) {
  FilterProgram whole;
  for (const SeccompArch arch : covered(expanded)) {
    const auto skipped = [arch](const std::string&, std::uint32_t number) {
      return !libseccomp_knows(arch, number);
    };
    append(whole, answering(arch, answers_for(arch, expanded, skipped)));
  }
  append(whole, program);
  return whole;
}

std::optional<FilterProgram> denials_of_recent_calls(const SeccompProfile& expanded) {
  constexpr std::size_t kMaxInstructions = 4096;  // BPF_MAXINSNS
  const auto recent = [](const std::string& name, std::uint32_t) {
    return policy::is_recent_call(name);
  };
  FilterProgram denials;
  for (const SeccompArch arch : covered(expanded)) {
    append(denials, answering(arch, denials_among(answers_for(arch, expanded, recent),
                                                  expanded.default_action.action)));
  }
  if (denials.empty() || denials.size() >= kMaxInstructions) return std::nullopt;
  denials.push_back({.code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW});
  return denials;
}

}  // namespace bulkhead::kernel
