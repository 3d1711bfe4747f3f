// Who installs the planned filter, where the shim's gate could: the runtime compiles it anew at
// each start, the gate has it ready. Both install the same, and it is proved in either case.
#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "policy/decide/decide_parts.h"
#include "policy/decide/seccomp_loader.h"

namespace bulkhead::policy {

using oci_config::NamespaceEntry;
using oci_config::NamespaceType;
using oci_config::SeccompAction;
using oci_config::SeccompProfile;

namespace {

constexpr std::string_view kAnnotations = "/annotations/";
constexpr std::string_view kSubject = "loader";  // of reasons

// ---- what stands against the gate
// -----------------------------------------------------------------

bool knows_runtime(const Question& question) {
  const std::string& family = question.facts.runtime.family;
  return family == "runc" || family == "crun";
}

// They run inside, before the filter would hold, and would inherit it awake.
bool has_hooks_inside(const Question& question) {
  return !question.spec.create_container_hooks.empty() ||
         !question.spec.start_container_hooks.empty();
}

bool notifies(const SeccompProfile& profile) {
  return !profile.listener_path.empty() ||
         profile.default_action.action == SeccompAction::user_notif ||
         std::ranges::any_of(profile.syscalls, [](const auto& rule) {
           return rule.action.action == SeccompAction::user_notif;
         });
}

// The gate's have SPEC_ALLOW, and LOG where denials are logged.
bool has_other_flags(const SeccompProfile& profile) {
  const auto has = [&](std::string_view flag) {
    return std::ranges::find(profile.flags, flag) != profile.flags.end();
  };
  const auto known = std::ranges::count_if(profile.flags, [](const std::string& flag) {
    return flag == oci_config::kFlagLog || flag == oci_config::kFlagSpecAllow;
  });
  return !profile.flags.empty() &&
         (known != std::ssize(profile.flags) || !has(oci_config::kFlagSpecAllow));
}

// The gate's moment is the birth of a process in other namespaces than the runtime's.
bool has_own_mounts(const Question& question) {
  return std::ranges::any_of(question.spec.namespaces, [](const NamespaceEntry& entry) {
    return entry.type == NamespaceType::mount && entry.path.empty();
  });
}

std::string obstacle(const Question& question, const Plan& plan) {
  if (!question.facts.caller_opens_gate)
    return "a hook comes after the runtime has read config.json";
  if (plan.prove == Prove::never) return "nothing is proved, so there is no gate";
  if (!knows_runtime(question)) return "that is done with runc and crun only";
  if (has_hooks_inside(question)) return "hooks inside the container would run under the filter";
  if (notifies(*plan.seccomp.profile)) return "the runtime hands the filter's listener on";
  if (has_other_flags(*plan.seccomp.profile)) return "the profile's flags are not the gate's";
  if (!has_own_mounts(question)) return "the container has no mount namespace of its own";
  return {};
}

// ---- what it would gain
// ------------------------------------------------------------------------------

struct Version {
  std::uint64_t major = 0, minor = 0;
  auto operator<=>(const Version&) const = default;
};

std::optional<Version> version_of(std::string_view text) {
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view rest = text.substr(std::min(dot + 1, text.size()));
  const auto major = base::parse_decimal(text.substr(0, dot));
  const auto minor = base::parse_decimal(rest.substr(0, rest.find_first_not_of("0123456789")));
  if (!major || !minor) return std::nullopt;
  return Version{*major, *minor};
}

// From 1.14 on every build of crun keeps compiled filters itself (crun's NEWS), which is as fast.
bool compiles_each_time(const RuntimeFeatures& runtime) {
  constexpr Version kKeepsFilters{1, 14};
  if (runtime.family == "runc") return true;
  const auto version = version_of(runtime.version);
  return version && *version < kKeepsFilters;
}

std::string why_not_gate(const Question& question, const Plan& plan) {
  std::string why = obstacle(question, plan);
  const bool is_auto = question.settings.seccomp_loader.value == SeccompLoader::automatic;
  if (why.empty() && is_auto && !compiles_each_time(question.facts.runtime)) {
    why = base::cat("crun ", question.facts.runtime.version, " keeps compiled filters itself");
  }
  return why;
}

}  // namespace

void decide_stand_in(const Question& question, Draft& draft) {
  const std::string_view key = kStandInPointer.substr(kAnnotations.size());
  if (question.spec.annotation(key) == nullptr) return;
  draft.refuse(RefusalId::seccomp_taken_out, std::string(kStandInPointer),
               base::cat("the annotation ", base::quoted(key),
                         " says that this config.json stands in for another one, which has the "
                         "seccomp profile and is not beside it"));
}

void decide_seccomp_loader(const Question& question, Draft& draft) {
  draft.plan.seccomp.has_enosys_stub =
      question.facts.caller_opens_gate && question.facts.runtime.family == "runc";
  const auto& setting = question.settings.seccomp_loader;
  if (setting.value == SeccompLoader::runtime || draft.plan.mode == Mode::observe) return;
  if (!draft.plan.seccomp.profile) return;
  const std::string why = why_not_gate(question, draft.plan);
  if (!why.empty()) return leave_to_runtime(draft.plan, why);
  draft.plan.seccomp.loaded_by_gate = true;
  draft.explain(
      kSubject,
      base::cat("the gate installs the filter (",
                source_of("seccomp.loader", name_of(setting.value), setting.origin), ")"));
}

void leave_to_runtime(Plan& plan, std::string_view why) {
  plan.seccomp.loaded_by_gate = false;
  std::erase_if(plan.reasons, [](const Reason& reason) { return reason.subject == kSubject; });
  plan.reasons.push_back(
      {std::string(kSubject), base::cat("the runtime installs the filter: ", why), {}});
}

oci_config::SpecEdit standing_in(oci_config::SpecEdit edit) {
  constexpr std::string_view kProfile = "/linux/seccomp";
  std::erase_if(edit.operations, [&](const oci_config::EditOperation& operation) {
    return std::visit([&](const auto& change) { return change.pointer.starts_with(kProfile); },
                      operation);
  });
  edit.operations.emplace_back(oci_config::RemoveMember{.pointer = std::string(kProfile)});
  edit.operations.emplace_back(
      oci_config::SetMember{.pointer = std::string(kStandInPointer), .json = "\"1\""});
  return edit;
}

}  // namespace bulkhead::policy
