#include <algorithm>
#include <utility>

#include "base/text.h"
#include "policy/decide/decide_parts.h"
#include "policy/fallback/apparmor_default.h"
#include "policy/values/apparmor_recorder.h"

namespace bulkhead::policy {

namespace {

// The profile of the fallback, which Bulkhead ships and loads itself.

// What must hold and why; an empty label: nothing.
struct Wanted {
  ProfileRef source = ProfileRef::unconfined();
  std::string label;
  std::string reason;
  std::string because;
  bool asked_for = false;  // by config.json or a rule, not by the fallback
};

std::string label_of(const ProfileRef& reference) {
  switch (reference.kind()) {
    case ProfileKind::runtime_default: return std::string(kDefaultProfileName);
    case ProfileKind::localhost: return reference.name();
    case ProfileKind::unconfined:
    case ProfileKind::inline_config: return {};
  }
  return {};
}

// config.json holds the kernel's name of a profile; some engines leave "localhost/" in front of it,
// which no runtime strips.
base::Result<ProfileRef> reference_in_config(std::string_view text) {
  auto reference = ProfileRef::parse_apparmor(text);
  if (reference || text.starts_with("localhost/")) return reference;
  return ProfileRef::parse_apparmor(base::cat("localhost/", text));
}

Wanted wanted_by_rule(const Question& question, const Setting<ProfileRef>& rule) {
  return {.source = rule.value,
          .label = label_of(rule.value),
          .reason = base::cat("the rule's profile (",
                              source_of("apparmor.profile", rule.value.text(), rule.origin), ")"),
          .because = because_of(question.settings, rule.origin),
          .asked_for = true};
}

// Whoever runs privileged containers on a node loads modules and mounts: docker-default would break
// them all. A rule may still set the fallback for them.
bool is_exempt_from_fallback(const Question& question) {
  return question.identity.privileged && question.settings.apparmor_unset.origin.rule.empty();
}

std::optional<Wanted> wanted_when_unset(const Question& question, const ProcessPlace& place,
                                        Draft& draft) {
  const auto& unset = question.settings.apparmor_unset;
  const std::string source = source_of("apparmor.unset", name_of(unset.value), unset.origin);
  const std::string asked = "config.json asks for no AppArmor profile";
  Wanted wanted;
  wanted.because = because_of(question.settings, unset.origin);
  switch (unset.value) {
    case Unset::refuse:
      if (!question.facts.apparmor.enabled) break;  // then apparmor.unavailable has the say
      draft.refuse(RefusalId::apparmor_unset, base::cat(place.pointer, "/apparmorProfile"),
                   base::cat(asked, " and the policy refuses that (", source, ")"));
      return std::nullopt;
    case Unset::keep:
      wanted.reason = base::cat("unconfined: ", asked, " (", source, ")");
      return wanted;
    case Unset::runtime_default: break;
  }
  if (unset.value == Unset::runtime_default && is_exempt_from_fallback(question)) {
    wanted.reason = base::cat("unconfined: ", asked,
                              ", and the fallback does not apply to a privileged container");
    return wanted;
  }
  wanted.source = ProfileRef::runtime_default();
  wanted.label = kDefaultProfileName;
  wanted.reason = base::cat("runtime/default: ", asked, " (", source, ")");
  return wanted;
}

constexpr std::string_view kOnlyRecords =
    " is a profile that records for `bulkhead record` and confines nothing";

void refuse_label(const ProcessPlace& place, std::string message, Draft& draft) {
  draft.refuse(RefusalId::apparmor_profile_invalid, base::cat(place.pointer, "/apparmorProfile"),
               std::move(message));
}

std::optional<Wanted> wanted_profile(const Question& question, const ProcessPlace& place,
                                     Draft& draft) {
  if (const auto& rule = question.settings.apparmor_profile) return wanted_by_rule(question, *rule);
  const auto& configured = place.process.apparmor_profile;
  if (!configured || configured->empty()) return wanted_when_unset(question, place, draft);
  // An earlier start under record left its recording profile there.
  const std::string confining = without_recorders(*configured);
  if (confining.empty()) {
    refuse_label(place, base::cat(base::quoted(*configured), kOnlyRecords), draft);
    return std::nullopt;
  }
  auto reference = reference_in_config(confining);
  if (!reference) {
    refuse_label(place, reference.error().message, draft);
    return std::nullopt;
  }
  if (reference->kind() == ProfileKind::unconfined) {
    return wanted_when_unset(question, place, draft);
  }
  return Wanted{.source = *reference,
                .label = label_of(*reference),
                .reason = "the profile that config.json names",
                .because = {},
                .asked_for = true};
}

// ---- does the kernel have it? -------------------------------------------------------------------

std::optional<AppArmorMode> mode_of(const AppArmorFacts& facts, std::string_view name) {
  const auto found = facts.loaded.find(std::string(name));
  if (found != facts.loaded.end()) return found->second;
  const std::string canonical = canonical_apparmor_name(name);
  if (!canonical.starts_with(':')) return std::nullopt;
  for (const auto& [loaded, mode] : facts.loaded) {
    if (canonical_apparmor_name(loaded) == canonical) return mode;
  }
  return std::nullopt;
}

void hold_loaded(const Question& question, std::string_view member, std::string_view pointer,
                 Draft& draft) {
  const auto& setting = question.settings.apparmor_not_loaded;
  if (setting.value == NotLoaded::load) {
    draft.plan.apparmor.load = true;
    return;
  }
  draft.refuse(
      RefusalId::apparmor_not_loaded, std::string(pointer),
      base::cat("the AppArmor profile ", base::quoted(member), " is not loaded (",
                source_of("apparmor.not_loaded", name_of(setting.value), setting.origin), ")"));
}

void hold_enforcing(const Question& question, std::string_view member, AppArmorMode mode,
                    std::string_view pointer, Draft& draft) {
  const auto& setting = question.settings.apparmor_complain;
  const std::string message =
      base::cat("the AppArmor profile ", base::quoted(member), " is loaded in ", name_of(mode),
                " mode, which confines nothing (",
                source_of("apparmor.complain", name_of(setting.value), setting.origin), ")");
  if (setting.value == KeepOrRefuse::refuse) {
    return draft.refuse(RefusalId::apparmor_not_enforcing, std::string(pointer), message);
  }
  draft.explain("apparmor", message, because_of(question.settings, setting.origin));
  draft.find({.severity = Severity::warning,
              .check = std::string(row_of(RefusalId::apparmor_not_enforcing).name),
              .pointer = std::string(pointer),
              .message = message,
              .remedy = "enforce it (aa-enforce)"});
}

void hold_members(const Question& question, std::string_view label, std::string_view pointer,
                  Draft& draft) {
  for (const std::string_view member : apparmor_stack_members(label)) {
    const auto mode = mode_of(question.facts.apparmor, member);
    if (!mode)
      hold_loaded(question, member, pointer, draft);
    else if (!confines(*mode))
      hold_enforcing(question, member, *mode, pointer, draft);
  }
}

void without_apparmor(const Question& question, const Wanted& wanted, std::string_view pointer,
                      Draft& draft) {
  const auto& setting = question.settings.apparmor_unavailable;
  const std::string source =
      source_of("apparmor.unavailable", name_of(setting.value), setting.origin);
  if (wanted.label.empty()) return draft.explain("apparmor", wanted.reason, wanted.because);
  const std::string message =
      base::cat("the AppArmor profile ", base::quoted(wanted.label),
                " cannot hold: AppArmor is not enabled in this kernel (", source, ")");
  if (setting.value == KeepOrRefuse::refuse) {
    return draft.refuse(RefusalId::apparmor_unavailable, std::string(pointer), message);
  }
  draft.explain("apparmor",
                base::cat("none: AppArmor is not enabled in this kernel (", source, ")"),
                because_of(question.settings, setting.origin));
  // crun runs such a container unconfined without a word, runc fails.
  draft.find({.severity = wanted.asked_for ? Severity::warning : Severity::note,
              .check = std::string(row_of(RefusalId::apparmor_unavailable).name),
              .pointer = std::string(pointer),
              .message = message,
              .remedy = "boot with AppArmor enabled (apparmor=1 security=apparmor)"});
}

void edit_profile(const Wanted& wanted, const ProcessPlace& place, std::string pointer,
                  Draft& draft) {
  const auto& configured = place.process.apparmor_profile;
  if (!wanted.label.empty()) {
    if (configured != wanted.label) {
      draft.set_member(Change::label, std::move(pointer), base::json_string(wanted.label));
    }
    return;
  }
  // A rule says unconfined where config.json names a profile.
  if (wanted.asked_for && configured) draft.remove_member(Change::no_label, std::move(pointer));
}

void plan_profile(const Question& question, const Wanted& wanted, const ProcessPlace& place,
                  Draft& draft) {
  const std::string pointer = base::cat(place.pointer, "/apparmorProfile");
  PlannedAppArmor& planned = draft.plan.apparmor;
  planned.available = question.facts.apparmor.enabled;
  if (!planned.available) return without_apparmor(question, wanted, pointer, draft);
  planned.source = wanted.source;
  planned.label = wanted.label;
  planned.complain_accepted =
      question.settings.apparmor_complain.value == KeepOrRefuse::keep && !wanted.label.empty();
  draft.explain("apparmor", wanted.reason, wanted.because);
  if (!wanted.label.empty()) hold_members(question, wanted.label, pointer, draft);
  edit_profile(wanted, place, pointer, draft);
}

}  // namespace

void decide_apparmor(const Question& question, const ProcessPlace& place, Draft& draft) {
  if (const auto wanted = wanted_profile(question, place, draft)) {
    plan_profile(question, *wanted, place, draft);
  }
}

// The container's own profile holds for whoever joins it. Engines name that one or none; another
// one, or none where the container has one (`docker exec --privileged`), cannot be shown to be as
// strict.
void decide_exec_apparmor(const Question& question, const ProcessPlace& joining, Draft& draft) {
  const ProcessPlace container{*question.spec.process, "/process"};
  auto wanted = wanted_profile(question, container, draft);
  if (!wanted) return;
  const auto& asked = joining.process.apparmor_profile;
  if (wanted->label.empty() && !wanted->asked_for && asked && apparmor_name_confines(*asked)) {
    // The container is unconfined, and what joins it asks for more.
    wanted = wanted_profile(question, joining, draft);
    if (!wanted) return;
  }
  plan_profile(question, *wanted, joining, draft);
}

}  // namespace bulkhead::policy
