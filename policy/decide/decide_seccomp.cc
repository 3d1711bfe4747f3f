#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "policy/checks/expand.h"
#include "policy/checks/profile_checks.h"
#include "policy/checks/recent_denials.h"
#include "policy/decide/decide_parts.h"
#include "policy/fallback/runtime_default.h"

namespace bulkhead::policy {

using oci_config::ProfileDialect;
using oci_config::SeccompPresence;
using oci_config::SeccompProfile;

ExpandFor container_of(const Question& question) {
  return {.capabilities = planned_bounding_set(question),
          .native = question.facts.native,
          .kernel = question.facts.kernel};
}

const base::Result<SeccompSource>* read_profile(const Question& question,
                                                const ProfileRef& source) {
  const auto found = question.facts.seccomp_profiles.find(source.name());
  return found != question.facts.seccomp_profiles.end() ? &found->second : nullptr;
}

void refuse_unreadable(RefusalId id, const ProfileRef& source,
                       const base::Result<SeccompSource>* read, Draft& draft) {
  const std::string name = base::quoted(source.text());
  if (read == nullptr) {
    return draft.refuse(id, "", base::cat("the seccomp profile ", name, " was not read"));
  }
  draft.refuse(id, "",
               base::cat("the seccomp profile ", name, " cannot be used: ", read->error().message),
               read->error().remedy);
}

namespace {

constexpr std::string_view kPointer = "/linux/seccomp";

// ---- which profile governs ----------------------------------------------------------------------

void note_empty_object(const Question& question, Draft& draft) {
  if (question.spec.seccomp_presence != SeccompPresence::empty) return;
  draft.find({.severity = Severity::warning,
              .check = "seccomp-empty",
              .pointer = std::string(kPointer),
              .message =
                  "linux.seccomp is empty, which runtimes take as no filter at all; it counts "
                  "as unset",
              .remedy = "look at the profile that the engine was given: it has no OCI keys"});
}

std::optional<ProfileRef> source_when_unset(const Question& question, Draft& draft) {
  const auto& unset = question.settings.seccomp_unset;
  const std::string source = source_of("seccomp.unset", name_of(unset.value), unset.origin);
  const std::string asked = "config.json asks for no seccomp profile";
  std::string because = because_of(question.settings, unset.origin);
  switch (unset.value) {
    case Unset::refuse:
      draft.refuse(RefusalId::seccomp_unset, std::string(kPointer),
                   base::cat(asked, " and the policy refuses that (", source, ")"));
      return std::nullopt;
    case Unset::keep:
      draft.explain("seccomp", base::cat("unconfined: ", asked, " (", source, ")"),
                    std::move(because));
      return ProfileRef::unconfined();
    case Unset::runtime_default:
      draft.explain("seccomp", base::cat("runtime/default: ", asked, " (", source, ")"),
                    std::move(because));
      return ProfileRef::runtime_default();
  }
  return std::nullopt;
}

std::optional<ProfileRef> governing_source(const Question& question, Draft& draft) {
  if (const auto& rule = question.settings.seccomp_profile) {
    draft.explain("seccomp",
                  base::cat("the rule's profile (",
                            source_of("seccomp.profile", rule->value.text(), rule->origin), ")"),
                  because_of(question.settings, rule->origin));
    return rule->value;
  }
  if (question.spec.seccomp_presence == SeccompPresence::profile && question.spec.seccomp) {
    draft.explain("seccomp", "the profile that config.json holds");
    return ProfileRef::inline_config();
  }
  return source_when_unset(question, draft);
}

// ---- what it says -------------------------------------------------------------------------------

// A runtime knows neither includes nor excludes nor archMap: it applies every rule.
SeccompProfile as_runtimes_read(SeccompProfile profile) {
  profile.dialect = ProfileDialect::oci;
  profile.arch_map.clear();
  for (auto& rule : profile.syscalls) rule.includes = rule.excludes = {};
  return profile;
}

SeccompProfile inline_profile(const Question& question, Draft& draft) {
  const SeccompProfile& written = *question.spec.seccomp;
  if (written.dialect == ProfileDialect::oci) return written;
  draft.find({.severity = Severity::warning,
              .check = "seccomp-engine-members",
              .pointer = std::string(kPointer),
              .message = "linux.seccomp holds members that only engines know (includes, excludes, "
                         "archMap, …); the runtime ignores them and applies every rule",
              .remedy = "let a rule name the profile, which Bulkhead expands for the container"});
  return as_runtimes_read(written);
}

bool take_localhost(const Question& question, const ProfileRef& source, Draft& draft) {
  const auto* read = read_profile(question, source);
  if (read == nullptr || !*read) {
    refuse_unreadable(RefusalId::seccomp_profile_unusable, source, read, draft);
    return false;
  }
  PlannedSeccomp& planned = draft.plan.seccomp;
  planned.source_path = (*read)->path;
  planned.source_sha256 = (*read)->sha256;
  planned.profile = expand((*read)->profile, container_of(question));
  return true;
}

// Our own default is checked when it is built, not at each start.
void check_planned_profile(const Question& question, Draft& draft) {
  const PlannedSeccomp& planned = draft.plan.seccomp;
  if (!planned.profile || planned.is_fallback) return;
  const bool no_new_privileges = question.spec.process->no_new_privileges ||
                                 question.settings.no_new_privileges.value != KeepSetRequire::keep;
  const bool is_inline = planned.source.kind() == ProfileKind::inline_config;
  for (Finding& finding : check_profile({.profile = *planned.profile,
                          .facts = question.facts,
                          .no_new_privileges = no_new_privileges})) {
    // A rule's pointer is that of the document it was read from; a check's own is the profile's.
    if (is_inline && !finding.pointer.starts_with(kPointer)) {
      finding.pointer = base::cat(kPointer, finding.pointer);
    }
    if (!is_inline) {
      finding.message = base::cat(planned.source.text(), ": ", finding.message);
    }
    draft.find(std::move(finding));
  }
}

// ---- what the runtime may leave out -------------------------------------------------------------

}  // namespace

void plan_what_may_be_skipped(Draft& draft) {
  PlannedSeccomp& planned = draft.plan.seccomp;
  if (!planned.profile) return;
  planned.may_be_skipped = recent_denials(*planned.profile);
  if (planned.may_be_skipped.empty()) return;
  const std::string calls = base::join(planned.may_be_skipped, ", ");
  if (draft.plan.prove != Prove::never) {
    return draft.explain("seccomp", base::cat("the gate adds the denials of what a runtime with an "
                                              "older libseccomp leaves out: ",
                                              calls));
  }
  draft.find({.severity = Severity::warning,
              .check = "denial-may-be-skipped",
              .pointer = std::string(kPointer),
              .message = base::cat("a runtime with an older libseccomp leaves these denials out, "
                                   "and without a gate (prove never) nobody adds them: ",
                                   calls),
              .remedy = "let the profile deny by default, or set \"prove\" to \"always\""});
}

namespace {

// ---- the edit -----------------------------------------------------------------------------------

// Flags, which the shim may have written before, do not shape a filter.
void write_profile(const Question& question, Draft& draft) {
  const PlannedSeccomp& planned = draft.plan.seccomp;
  const auto& written = question.spec.seccomp;
  const bool same_filter = written && filter_json(*written) == planned.text;
  draft.set_member(same_filter ? Change::filter_members : Change::filter, std::string(kPointer),
                   to_oci_json(*planned.profile, planned.text));
}

void edit_seccomp(const Question& question, Draft& draft) {
  PlannedSeccomp& planned = draft.plan.seccomp;
  if (!planned.profile) {
    const bool removes = question.settings.seccomp_profile &&
                         question.spec.seccomp_presence != SeccompPresence::absent;
    if (removes) draft.remove_member(Change::no_filter, std::string(kPointer));
    return;
  }
  auto flags = flags_that_log(question, planned.profile->flags);
  const bool flags_change = flags != planned.profile->flags;
  planned.profile->flags = std::move(flags);
  if (planned.source.kind() != ProfileKind::inline_config || planned.clamped) {
    return write_profile(question, draft);
  }
  if (flags_change) {
    draft.set_member(Change::filter_members, base::cat(kPointer, "/flags"),
                     base::json_array(planned.profile->flags));
  }
}

// config.json gets its filter all the same, for a runtime that does not know the annotation.
void claim_nothing_where_voided(const Question& question, Draft& draft) {
  PlannedSeccomp& planned = draft.plan.seccomp;
  if (planned.voided_by.empty()) return;
  const std::string what =
      base::cat("the annotation ", base::quoted(planned.voided_by), " decides which filter holds");
  if (question.settings.seccomp_floor.value) {
    draft.refuse(RefusalId::seccomp_above_floor, std::string(kPointer),
                 base::cat(what, ", and no floor can be held against that"),
                 "let the rule that keeps the annotation set \"floor\" to \"none\"");
  }
  if (!question.settings.seccomp_deny.value.empty()) {
    draft.refuse(
        RefusalId::seccomp_deny_not_held, std::string(kPointer),
        base::cat(what, ", and ", source_of_denied_calls(question), " cannot be held against that"),
        "let the rule that keeps the annotation set \"deny\" to []");
  }
  draft.explain("seccomp", base::cat("no filter is claimed: ", what));
  planned = {.source = ProfileRef::unconfined(), .voided_by = std::move(planned.voided_by)};
  draft.plan.missing.filter = false;
}

}  // namespace

bool take_seccomp_profile(const Question& question, const ProfileRef& source, Draft& draft) {
  draft.plan.seccomp.source = source;
  switch (source.kind()) {
    case ProfileKind::unconfined: return true;
    case ProfileKind::localhost: return take_localhost(question, source, draft);
    case ProfileKind::inline_config:
      draft.plan.seccomp.profile = inline_profile(question, draft);
      return true;
    case ProfileKind::runtime_default:
      draft.plan.seccomp.profile = runtime_default_for(container_of(question));
      return true;
  }
  return false;
}

void describe_planned_profile(const Question& question, Draft& draft) {
  PlannedSeccomp& planned = draft.plan.seccomp;
  if (!planned.profile) return;
  ExpandFor container = container_of(question);
  container.native_alone = keeps_native_alone(question);
  const std::string fallback = runtime_default_oci_json(container, {});
  if (planned.source.kind() == ProfileKind::runtime_default && !planned.clamped) {
    planned.text = fallback;
    planned.is_fallback = true;
    return;
  }
  planned.text = filter_json(*planned.profile);
  planned.is_fallback = planned.source.kind() != ProfileKind::localhost &&
                        planned.profile->listener_path.empty() && planned.text == fallback;
  // A document that the policy was applied to before.
  if (planned.is_fallback && container.native_alone) planned.less_architectures = true;
}

bool plan_seccomp(const Question& question, Draft& draft) {
  note_empty_object(question, draft);
  const auto source = governing_source(question, draft);
  if (!source || !take_seccomp_profile(question, *source, draft)) return false;
  if (!draft.plan.seccomp.profile) hold_floor_without_filter(question, draft);
  take_out_other_architectures(question, draft);
  deny_calls(question, draft);
  describe_planned_profile(question, draft);
  check_planned_profile(question, draft);
  if (draft.plan.seccomp.profile) hold_floor(question, draft);
  plan_what_may_be_skipped(draft);
  return true;
}

void decide_seccomp(const Question& question, Draft& draft) {
  if (!plan_seccomp(question, draft)) return;
  edit_seccomp(question, draft);
  claim_nothing_where_voided(question, draft);
}

}  // namespace bulkhead::policy
