#include "policy/decide/decide.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "policy/decide/decide_parts.h"

namespace bulkhead::policy {

using oci_config::RuntimeSpec;

// ---- the draft ---------------------------------------------------------------------------------

Draft::Draft(const ContainerPolicy& policy) {
  plan.mode = policy.mode;
  plan.prove = policy.prove;
  plan.seccomp.log_denials = policy.settings.seccomp_log_denials.value;
  if (policy.trusted_runtime) explain_trusted_runtime(*policy.trusted_runtime);
  if (policy.settings.record) plan_record(*policy.settings.record);
}

void Draft::refuse(RefusalId id, std::string pointer, std::string message, std::string remedy) {
  const RefusalRow& row = row_of(id);
  refusals_.push_back({.severity = Severity::error,
                       .check = std::string(row.name),
                       .pointer = std::move(pointer),
                       .message = std::move(message),
                       .remedy = remedy.empty() ? std::string(row.remedy) : std::move(remedy)});
}

void Draft::find(Finding finding) {
  auto& list = finding.severity == Severity::error ? refusals_ : plan.findings;
  list.push_back(std::move(finding));
}

void Draft::explain(std::string_view subject, std::string sentence, std::string because) {
  plan.reasons.push_back({std::string(subject), std::move(sentence), std::move(because)});
}

void Draft::explain_trusted_runtime(const Setting<TrustedRuntime>& trusted) {
  const std::string runtime = base::quoted(trusted.value.runtime);
  explain("proof",
          base::cat("unproved: the node's owner trusts the runtime (",
                    source_of("runtimes_trusted_unproved", runtime, trusted.origin), ")"),
          trusted.value.because);
}

void Draft::plan_record(const Setting<RecordRequest>& record) {
  plan.record = record.value;
  explain("record",
          base::cat("what it does is recorded as ", base::quoted(record.value.name), " (",
                    source_of("record", base::quoted(record.value.name), record.origin), ")"));
}

void Draft::note_missing(Change change, std::string_view pointer) {
  const auto out_of_reach = [&](std::string_view what) {
    plan.missing.out_of_reach.push_back(base::cat(what, " (", pointer, ")"));
  };
  switch (change) {
    case Change::hooks:
    case Change::no_capabilities:
    case Change::filter_members:
    case Change::no_filter: return;
    case Change::filter: plan.missing.filter = true; return;
    case Change::label: plan.missing.label = true; return;
    case Change::no_label: return out_of_reach("the AppArmor profile");
    case Change::no_new_privileges: return out_of_reach("no_new_privileges");
    case Change::capabilities: return out_of_reach("capabilities");
    case Change::read_only_rootfs: return out_of_reach("a read-only root file system");
  }
}

void Draft::set_member(Change change, std::string pointer, std::string json) {
  note_missing(change, pointer);
  plan.edit.operations.emplace_back(
      oci_config::SetMember{.pointer = std::move(pointer), .json = std::move(json)});
}

void Draft::remove_member(Change change, std::string pointer) {
  note_missing(change, pointer);
  plan.edit.operations.emplace_back(oci_config::RemoveMember{.pointer = std::move(pointer)});
}

Decision Draft::finish() && {
  if (plan.mode == Mode::enforce) {
    if (!refusals_.empty()) return Refusal{std::move(refusals_)};
    return std::move(plan);
  }
  plan.withheld_edit = std::exchange(plan.edit, {});
  plan.withheld_missing = std::exchange(plan.missing, {});
  if (plan.cannot_start)
    std::ranges::move(why_it_cannot_start(plan).reasons, std::back_inserter(refusals_));
  if (!refusals_.empty()) plan.would_refuse = Refusal{std::move(refusals_)};
  return std::move(plan);
}

std::string source_of(std::string_view key, std::string_view value, const Origin& origin) {
  std::string text = base::cat(key, " = ", value);
  if (!origin.rule.empty())
    text += base::cat(", rule ", base::quoted(origin.rule), " in");
  else
    text += ',';
  text += base::cat(' ', origin.file);
  if (origin.line != 0) text += base::cat(" line ", origin.line);
  return text;
}

std::string because_of(const EffectiveSettings& settings, const Origin& origin) {
  if (origin.rule.empty()) return {};
  for (const auto& rule : settings.applied_rules) {
    if (rule.name == origin.rule) return rule.because;
  }
  return {};
}

void record_rules_with_reasons(const Question& question, Draft& draft) {
  for (const auto& rule : question.settings.applied_rules) {
    if (rule.because.empty()) continue;
    const bool told = std::ranges::any_of(
        draft.plan.reasons, [&](const Reason& reason) { return reason.because == rule.because; });
    if (told) continue;
    draft.explain("rule", base::cat("rule ", base::quoted(rule.name), " applies"), rule.because);
  }
}

std::string PlannedSeccomp::told_source() const {
  if (!profile) return ProfileRef::unconfined().text();
  std::string told = (is_fallback ? ProfileRef::runtime_default() : source).text();
  if (less_denied) told += kLessDenied;
  if (less_architectures) told += kLessArchitectures;
  return told;
}

std::string Refusal::sentence() const {
  std::string text;
  for (const Finding& reason : reasons) {
    if (!text.empty()) text += "; also: ";
    text += reason.message;
    if (!reason.remedy.empty()) text += base::cat("; ", reason.remedy);
  }
  return text;
}

// ---- the decision ------------------------------------------------------------------------------

namespace {

void add_localhost(const ProfileRef& reference, std::vector<ProfileRef>& needed) {
  if (reference.kind() == ProfileKind::localhost) needed.push_back(reference);
}

}  // namespace

std::vector<ProfileRef> profiles_needed(const EffectiveSettings& settings) {
  std::vector<ProfileRef> needed;
  if (settings.seccomp_profile) add_localhost(settings.seccomp_profile->value, needed);
  if (settings.seccomp_floor.value) add_localhost(*settings.seccomp_floor.value, needed);
  if (needed.size() == 2 && needed[0] == needed[1]) needed.pop_back();
  return needed;
}

Decision decide(const RuntimeSpec& spec, const Identity& identity, const ContainerPolicy& policy,
                const NodeFacts& facts) {
  const EffectiveSettings& settings = policy.settings;
  const Question question{spec, identity, settings, policy.has_rules_by_name, facts};
  Draft draft(policy);
  decide_identity(question, draft);
  decide_bundle_annotation(question, draft);
  decide_stand_in(question, draft);
  decide_weakening_annotations(question, draft);
  decide_weakening_environment(question, draft);
  if (!spec.process) {
    draft.refuse(RefusalId::process_missing, "/process", "config.json has no process");
    return std::move(draft).finish();
  }
  const ProcessPlace place{*spec.process, "/process"};
  decide_seccomp(question, draft);
  decide_apparmor(question, place, draft);
  decide_no_new_privileges(question, place, draft);
  decide_capabilities(question, place, ~dropped_capabilities(settings), draft);
  write_absent_capabilities(place, draft);
  decide_user(question, place, draft);
  draft.plan.process.user = planned_user(question, place.process);
  draft.plan.paths = planned_paths(question.spec);
  draft.plan.namespaces = planned_namespaces(question);
  decide_root_filesystem(question, draft);
  decide_user_namespace(question, draft);
  decide_hooks(question, draft);
  decide_seccomp_loader(question, draft);
  decide_whether_it_starts(question, draft);
  note_unlogged(question, draft);
  record_rules_with_reasons(question, draft);
  return std::move(draft).finish();
}

}  // namespace bulkhead::policy
