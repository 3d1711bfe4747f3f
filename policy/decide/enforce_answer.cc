#include "policy/decide/enforce_answer.h"

#include <algorithm>
#include <variant>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

struct Subject {
  std::string_view pointer;  // a part of the place in the document that says it
  std::string_view name;
};

constexpr std::string_view kSeccomp = "seccomp";

constexpr Subject kSubjects[] = {{"/linux/seccomp", kSeccomp},
                                 {"/apparmorProfile", "apparmor"},
                                 {"/noNewPrivileges", "no_new_privileges"},
                                 {"/capabilities/", "capabilities"},
                                 {"/root/readonly", "root"}};

bool edits(const Plan& plan, const Subject& subject) {
  return std::ranges::any_of(plan.withheld_edit.operations, [&](const auto& operation) {
    return std::visit([&](const auto& one) { return one.pointer.contains(subject.pointer); },
                      operation);
  });
}

bool is_left_to_gate(const Plan& plan, const Subject& subject) {
  return (plan.withheld_missing.filter && subject.name == kSeccomp) ||
         (plan.withheld_missing.label && subject.name == "apparmor");
}

// The filter stays, and the kernel would log what it denies.
constexpr std::string_view kFlags = "/linux/seccomp/flags";

bool is_flags_alone(const Plan& plan) {
  if (plan.withheld_missing.filter) return false;
  return std::ranges::all_of(plan.withheld_edit.operations, [](const auto& operation) {
    return std::visit(
        [](const auto& one) {
          return one.pointer == kFlags || !one.pointer.starts_with("/linux/seccomp");
        },
        operation);
  });
}

std::string why_changed(const Plan& plan, std::vector<std::string> subjects) {
  const bool has_seccomp = std::ranges::find(subjects, kSeccomp) != subjects.end();
  if (has_seccomp && plan.seccomp.less_denied) subjects.emplace_back("deny");
  if (has_seccomp && plan.seccomp.less_architectures) subjects.emplace_back("architectures");
  std::vector<std::string> sentences;
  for (const Reason& reason : plan.reasons) {
    if (std::ranges::find(subjects, reason.subject) == subjects.end()) continue;
    if (reason.subject == kSeccomp && is_flags_alone(plan)) continue;
    sentences.push_back(base::cat(reason.subject, ": ", reason.sentence));
  }
  if (has_seccomp && is_flags_alone(plan)) {
    sentences.emplace_back("seccomp: what its filter denies would be logged");
  }
  return sentences.empty() ? base::join(subjects, ", ") : base::join(sentences, "; ");
}

}  // namespace

std::string EnforceAnswer::sentence() const {
  switch (would) {
    case Would::change_nothing: return std::string(kWouldChangeNothing);
    case Would::change: return base::cat(kWouldChange, why);
    case Would::refuse: return base::cat(kWouldRefuse, why);
  }
  return base::cat(kWouldRefuse, why);
}

std::vector<std::string> subjects_changed(const Plan& plan) {
  std::vector<std::string> subjects;
  for (const Subject& subject : kSubjects) {
    if (edits(plan, subject) || is_left_to_gate(plan, subject)) subjects.emplace_back(subject.name);
  }
  return subjects;
}

EnforceAnswer enforce_answer(const Plan& plan) {
  if (plan.would_refuse) return {Would::refuse, plan.would_refuse->sentence()};
  auto subjects = subjects_changed(plan);
  if (subjects.empty()) return {};
  return {Would::change, why_changed(plan, std::move(subjects))};
}

}  // namespace bulkhead::policy
