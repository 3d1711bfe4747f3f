#include "cli/explanation.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "policy/argument_names.h"
#include "policy/syscall_standing.h"
#include "policy/syscalls.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using oci_config::SeccompArch;
using oci_config::SeccompOperator;
using policy::ArgTest;
using policy::DecisionCase;
using policy::DecisionCases;

constexpr std::uint64_t kAllBits = ~std::uint64_t{0};

std::string answers_text(const DecisionCase& one) {
  std::vector<std::string> texts;
  for (const policy::FilterAnswer& answer : one.answers) texts.push_back(policy::text_of(answer));
  return base::join(texts, " or ");
}

// With constants by name where the argument has them; the exact text otherwise.
std::string condition_text(std::string_view call, const ArgTest& test) {
  const bool equality = test.op == SeccompOperator::eq || test.op == SeccompOperator::ne;
  const bool low = test.part != policy::ArgPart::high_half;
  if (!equality || !low) return policy::text_of(test);
  const std::string_view sign = test.op == SeccompOperator::eq ? " == " : " != ";
  const bool whole_mask = test.mask == kAllBits || test.mask == 0xffffffff;
  if (policy::is_flag_argument(call, test.index) && !whole_mask) {
    const std::string value =
        test.value == 0 ? "0" : policy::argument_text(call, test.index, test.value);
    return cat("(arg", test.index, " & ", policy::argument_text(call, test.index, test.mask), ')',
               sign, value);
  }
  if (!whole_mask) return policy::text_of(test);
  return cat("arg", test.index, sign, policy::argument_text(call, test.index, test.value));
}

std::string when_text(std::string_view call, const DecisionCase& one) {
  std::vector<std::string> texts;
  for (const ArgTest& test : one.conditions) texts.push_back(condition_text(call, test));
  return base::join(texts, " and ");
}

// The answer that is best told as "otherwise": that of the case which holds for most arguments, to
// be seen by conditions that say what an argument is not.
std::string usual_answer(const DecisionCases& cases) {
  std::map<std::string, std::size_t> points;
  for (const DecisionCase& one : cases) {
    std::size_t& sum = points[answers_text(one)];
    for (const ArgTest& test : one.conditions) sum += test.op == SeccompOperator::eq ? 0 : 2;
    sum += one.conditions.empty() ? 100 : 1;
  }
  return std::ranges::max_element(points, {}, [](const auto& entry) { return entry.second; })
      ->first;
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

std::string cause_of(const FilterSource& source, std::string_view name) {
  if (!source.profile) return {};
  std::vector<std::string> pointers;
  for (const oci_config::SyscallRule& rule : source.profile->syscalls) {
    const bool named = std::ranges::find(rule.names, name) != rule.names.end();
    if (named) pointers.push_back(rule.pointer.empty() ? "a rule" : rule.pointer);
  }
  return pointers.empty() ? "default action" : cat("rule ", base::join(pointers, ", "));
}

bool meets(std::uint64_t argument, const ArgTest& test) {
  if (test.part == policy::ArgPart::low_half) argument &= 0xffffffff;
  if (test.part == policy::ArgPart::high_half) argument >>= 32U;
  argument &= test.mask;
  switch (test.op) {
    case SeccompOperator::ne: return argument != test.value;
    case SeccompOperator::lt: return argument < test.value;
    case SeccompOperator::le: return argument <= test.value;
    case SeccompOperator::eq:
    case SeccompOperator::masked_eq: return argument == test.value;
    case SeccompOperator::ge: return argument >= test.value;
    case SeccompOperator::gt: return argument > test.value;
  }
  return false;
}

bool applies(const DecisionCase& one, const std::vector<std::uint64_t>& arguments) {
  return std::ranges::all_of(one.conditions, [&](const ArgTest& test) {
    return meets(test.index < arguments.size() ? arguments[test.index] : 0, test);
  });
}

base::Error unknown_call(const std::string& name) {
  const auto near = policy::nearest_syscall_name(name);
  return {base::ErrorCode::usage, cat("there is no system call ", base::quoted(name)),
          near ? cat("did you mean ", *near, '?') : "syscalls(2) lists them"};
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

base::Result<Question> parse_question(const std::string& text) {
  const std::size_t bracket = text.find('(');
  Question question{.name = text.substr(0, bracket)};
  if (!policy::is_syscall_name(question.name)) return std::unexpected(unknown_call(question.name));
  if (bracket == std::string::npos) return question;
  std::string_view inside = std::string_view(text).substr(bracket + 1);
  if (!inside.ends_with(')')) {
    return base::fail(base::ErrorCode::usage, cat("no closing bracket in ", base::quoted(text)));
  }
  inside.remove_suffix(1);
  question.concrete = true;
  while (!inside.empty()) {
    std::string_view part = inside.substr(0, inside.find(','));
    inside.remove_prefix(std::min(inside.size(), part.size() + 1));
    while (part.starts_with(' ')) part.remove_prefix(1);
    const auto value = policy::argument_value(part);
    if (!value || question.arguments.size() == 6) {
      return base::fail(base::ErrorCode::usage,
                        cat("cannot read the argument ", base::quoted(part)),
                        "numbers, or names such as CLONE_NEWUSER|CLONE_NEWNET, AF_VSOCK, TIOCSTI");
    }
    question.arguments.push_back(*value);
  }
  return question;
}

CallView Explanation::view(SeccompArch arch, std::string_view name, std::uint32_t nr) const {
  const DecisionCases& cases = decision_.cases(oci_config::audit_arch(arch), nr);
  CallView call{.arch = short_name(arch),
                .name = std::string(name),
                .nr = nr,
                .standing = standing_of(cases),
                .otherwise = usual_answer(cases),
                .cause = cause_of(source_, name)};
  for (const DecisionCase& one : cases) {
    std::string answer = answers_text(one);
    if (answer != call.otherwise) call.special.push_back({when_text(name, one), std::move(answer)});
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

std::optional<CallView> Explanation::concrete(SeccompArch arch, const Question& question) const {
  const auto nr = policy::syscall_number(arch, question.name);
  if (!nr) return std::nullopt;
  CallView call{.arch = short_name(arch),
                .name = question.name,
                .nr = *nr,
                .cause = cause_of(source_, question.name)};
  for (const DecisionCase& one : decision_.cases(oci_config::audit_arch(arch), *nr)) {
    if (!applies(one, question.arguments)) continue;
    call.otherwise = answers_text(one);
    call.standing = standing_of({one});
  }
  return call;
}

std::vector<SeccompArch> architectures_of(const FilterSource& source, SeccompArch native) {
  std::vector<SeccompArch> wanted = {native};
  if (source.profile) {
    for (const SeccompArch arch : source.profile->architectures) wanted.push_back(arch);
  } else if (native == SeccompArch::x86_64) {
    wanted.insert(wanted.end(), {SeccompArch::x86, SeccompArch::x32});
  } else if (native == SeccompArch::aarch64) {
    wanted.push_back(SeccompArch::arm);
  }
  std::vector<SeccompArch> arches;
  for (const SeccompArch arch : wanted) {
    const bool known =
        std::ranges::find(policy::syscall_arches(), arch) != policy::syscall_arches().end();
    if (known && std::ranges::find(arches, arch) == arches.end()) arches.push_back(arch);
  }
  return arches;
}

std::string short_name(SeccompArch arch) {
  constexpr std::string_view kPrefix = "SCMP_ARCH_";
  std::string name(oci_config::name_of(arch).substr(kPrefix.size()));
  std::ranges::transform(name, name.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return name;
}

}  // namespace bulkhead::cli
