#include "cli/filters/explanation.h"

#include <algorithm>

#include "base/text.h"
#include "cli/screen/case_text.h"
#include "oci-config/rule_meaning.h"
#include "policy/analysis/concrete_call.h"
#include "policy/checks/syscall_standing.h"
#include "policy/syscalls/argument_names.h"
#include "policy/syscalls/machines.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using oci_config::SeccompArch;
using oci_config::SeccompOperator;
using policy::CallArguments;
using policy::DecisionCase;
using policy::DecisionCases;

constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

std::string answers_text(const DecisionCase& one) {
  std::vector<std::string> texts;
  for (const policy::FilterAnswer& answer : one.answers) texts.push_back(policy::text_of(answer));
  return base::join(texts, " or ");
}

Standing standing_of(const DecisionCases& cases) {
  bool some = false;
  bool all = true;
  for (const DecisionCase& one : cases) {
    for (const policy::FilterAnswer& answer : one.answers) {
      const bool effect = policy::takes_effect(answer.action);
      some = some || effect;
      all = all && effect;
    }
  }
  if (all) return Standing::allowed;
  return some ? Standing::conditional : Standing::denied;
}

// Cases by their answer, in the order in which the answers appear.
struct AnsweredCases {
  std::string answer;
  std::vector<SpecialCase> cases;
  bool denies = false;
  std::size_t length = 0;  // of all that would have to be said
};

std::vector<AnsweredCases> by_answer(std::string_view call, ArgumentBits bits,
                                     const DecisionCases& cases) {
  std::vector<AnsweredCases> groups;
  for (const DecisionCase& one : cases) {
    const std::string answer = answers_text(one);
    auto group = std::ranges::find(groups, answer, &AnsweredCases::answer);
    if (group == groups.end()) group = groups.insert(groups.end(), {.answer = answer});
    std::string when = text_of_conditions(call, bits, one.conditions);
    group->denies = standing_of({one}) == Standing::denied;
    group->length += when.size() + 1;
    group->cases.push_back({std::move(when), answer});
  }
  return groups;
}

bool meets(const CallArguments& arguments, const oci_config::ArgCondition& condition) {
  const bool masked = condition.op == SeccompOperator::masked_eq;
  return policy::meets(arguments, {.index = condition.index,
                                   .op = masked ? SeccompOperator::eq : condition.op,
                                   .mask = masked ? condition.value : kAllBits,
                                   .value = masked ? condition.value_two : condition.value});
}

bool applies(const oci_config::SyscallRule& rule, const CallArguments& arguments) {
  return std::ranges::any_of(oci_config::alternatives_of(rule.args), [&](const auto& conditions) {
    return std::ranges::all_of(conditions,
                               [&](const auto& condition) { return meets(arguments, condition); });
  });
}

ArgumentBits bits_of(SeccompArch arch) {
  return policy::has_narrow_registers(audit_arch(arch)) ? ArgumentBits::bits_32
                                                        : ArgumentBits::bits_64;
}

// The answer that would take the most words is told as "otherwise"; a denial has the preference,
// since that is what people expect to be the rule.
const AnsweredCases& otherwise_of(const std::vector<AnsweredCases>& groups) {
  return *std::ranges::max_element(groups, {}, [](const AnsweredCases& group) {
    return group.denies ? group.length * 2 : group.length;
  });
}

std::string pointers_text(const std::vector<std::string>& pointers) {
  constexpr std::size_t kShown = 3;
  if (pointers.empty()) return "default action";
  const auto end =
      pointers.begin() + static_cast<std::ptrdiff_t>(std::min(pointers.size(), kShown));
  const std::string more =
      pointers.size() > kShown ? cat(" and ", pointers.size() - kShown, " more") : std::string();
  return cat("rule ", base::join({pointers.begin(), end}, ", "), more);
}

// Runtimes add the machine's own architecture to those that a profile lists.
bool is_served(const oci_config::SeccompProfile& profile, SeccompArch arch) {
  return arch == oci_config::native_arch() ||
         std::ranges::find(profile.architectures, arch) != profile.architectures.end();
}

// The rules that name the call; with arguments, those of them that apply.
std::string cause_of(const FilterSource& source, SeccompArch arch, std::string_view name,
                     const CallArguments* arguments) {
  if (!source.profile) return {};
  if (!is_served(*source.profile, arch)) return cat("no rules: ", name_of(arch), " is not listed");
  std::vector<std::string> pointers;
  for (const oci_config::SyscallRule& rule : source.profile->syscalls) {
    if (std::ranges::find(rule.names, name) == rule.names.end()) continue;
    if (arguments != nullptr && !applies(rule, *arguments)) continue;
    pointers.push_back(rule.pointer);
  }
  return pointers_text(pointers);
}

std::string remark_on(std::string_view name) {
  return policy::has_flags_in_memory(name)
             ? "its flags lie in memory, where no filter sees them: this holds for all"
             : "";
}

// The numbers of x32 are those of its table with a bit that people leave out.
std::uint32_t number_on(SeccompArch arch, std::uint32_t number) {
  return arch == SeccompArch::x32 ? number | policy::kX32Bit : number;
}

}  // namespace

std::string_view name_of(Standing standing) {
  switch (standing) {
    case Standing::allowed: return "allowed";
    case Standing::conditional: return "conditional";
    case Standing::denied: return "denied";
  }
  return "denied";
}

bool same_decision(const CallView& a, const CallView& b) {
  return a.standing == b.standing && a.otherwise == b.otherwise && a.special == b.special;
}

CallView Explanation::view(SeccompArch arch, std::string_view name, std::uint32_t nr) const {
  const DecisionCases& cases = decision_.cases(oci_config::audit_arch(arch), nr);
  std::vector<AnsweredCases> groups = by_answer(name, bits_of(arch), cases);
  CallView call{.arch = short_name(arch),
                .name = std::string(name),
                .nr = nr,
                .first_kernel = std::string(policy::first_kernel_of(name)),
                .standing = standing_of(cases),
                .otherwise = otherwise_of(groups).answer,
                .cause = cause_of(source_, arch, name, nullptr),
                .remark = remark_on(name)};
  for (AnsweredCases& group : groups) {
    if (group.answer == call.otherwise) continue;
    std::ranges::move(group.cases, std::back_inserter(call.special));
  }
  return call;
}

std::optional<CallView> Explanation::call(SeccompArch arch, std::string_view name) const {
  const auto nr = policy::syscall_number(arch, name);
  if (!nr) return std::nullopt;
  return view(arch, name, *nr);
}

std::vector<CallView> Explanation::calls(SeccompArch arch) const {
  std::vector<CallView> views;
  for (const policy::SyscallEntry& entry : policy::syscalls_of(arch)) {
    views.push_back(view(arch, entry.name, entry.nr));
  }
  return views;
}

CallView Explanation::concrete(SeccompArch arch, std::string_view name, std::uint32_t nr,
                               const CallArguments& arguments) const {
  const DecisionCase& one =
      policy::case_of(decision_.cases(oci_config::audit_arch(arch), nr), arguments);
  return {.arch = short_name(arch),
          .name = std::string(name),
          .nr = nr,
          .first_kernel = std::string(policy::first_kernel_of(name)),
          .standing = standing_of({one}),
          .special = {},
          .otherwise = answers_text(one),
          .cause = cause_of(source_, arch, name, &arguments),
          .remark = remark_on(name)};
}

std::optional<CallView> Explanation::answer(SeccompArch arch, const CallQuestion& question) const {
  if (question.arch && *question.arch != arch) return std::nullopt;
  const auto nr = question.number ? std::optional(number_on(arch, *question.number))
                                  : policy::syscall_number(arch, question.name);
  if (!nr) return std::nullopt;
  const std::string_view name =
      question.number ? policy::syscall_name(arch, *nr) : std::string_view(question.name);
  CallView call =
      question.concrete ? concrete(arch, name, *nr, question.arguments) : view(arch, name, *nr);
  if (question.concrete || question.text.contains('(')) call.name = question.text;
  if (call.name.empty()) call.name = cat("number ", *question.number);
  return call;
}

std::vector<SeccompArch> architectures_of(const FilterSource& source, SeccompArch native) {
  std::vector<SeccompArch> wanted = {native};
  if (source.profile) {
    for (const SeccompArch arch : source.profile->architectures) wanted.push_back(arch);
  } else {
    const auto others = policy::also_runs(native);
    wanted.insert(wanted.end(), others.begin(), others.end());
  }
  std::vector<SeccompArch> arches;
  for (const SeccompArch arch : wanted) {
    const bool known =
        std::ranges::find(policy::syscall_arches(), arch) != policy::syscall_arches().end();
    if (known && std::ranges::find(arches, arch) == arches.end()) arches.push_back(arch);
  }
  return arches;
}

}  // namespace bulkhead::cli
