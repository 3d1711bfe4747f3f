#include <algorithm>

#include "base/text.h"
#include "policy/checks/weakening_annotations.h"
#include "policy/decide/decide_parts.h"

namespace bulkhead::policy {

namespace {

constexpr std::string_view kReceiver = "run.oci.seccomp.receiver";

bool is_kept(const EffectiveSettings& settings, std::string_view annotation) {
  return std::ranges::find(settings.keep_annotations.value, annotation) !=
         settings.keep_annotations.value.end();
}

void explain_kept(const Question& question, std::string_view what, Draft& draft) {
  const auto& setting = question.settings.keep_annotations;
  draft.explain(
      "annotations",
      base::cat(what, " is kept (",
                source_of("annotations.keep", base::join(setting.value, ", "), setting.origin),
                ")"),
      because_of(question.settings, setting.origin));
}

}  // namespace

// An ambiguous identity has no names, so no rule by name matches it. That is safe for rules that
// weaken; a rule that makes a namespace stricter would be evaded by an annotation, so where there
// are rules by name the container is refused.
void decide_identity(const Question& question, Draft& draft) {
  const Identity& identity = question.identity;
  if (identity.doubt.empty()) return;
  std::string message =
      base::cat("it cannot be told which engine runs this container: ", identity.doubt);
  if (question.has_rules_by_name) {
    return draft.refuse(RefusalId::identity_ambiguous, "/annotations",
                        base::cat(message, ", so the rule that governs it is unknown"));
  }
  draft.find({.severity = Severity::warning,
              .check = std::string(row_of(RefusalId::identity_ambiguous).name),
              .pointer = "/annotations",
              .message = std::move(message),
              .remedy = std::string(row_of(RefusalId::identity_ambiguous).remedy)});
}

// runc keeps annotations as labels "key=value" in its state, its own "bundle=PATH" behind them, and
// `exec` takes the first for the container's bundle. crun and youki keep the bundle elsewhere.
void decide_bundle_annotation(const Question& question, Draft& draft) {
  const std::string& family = question.facts.runtime.family;
  if (family == "crun" || family == "youki") return;
  for (const auto& annotation : question.spec.annotations) {
    if (annotation.key != "bundle" && !annotation.key.starts_with("bundle=")) continue;
    draft.refuse(RefusalId::annotation_hides_bundle,
                 base::cat("/annotations/", oci_config::pointer_token(annotation.key)),
                 base::cat("the annotation ", base::quoted(annotation.key),
                           " names a bundle, and runc would take the container's process from it"));
  }
}

void decide_weakening_annotations(const Question& question, Draft& draft) {
  for (const auto& annotation : question.spec.annotations) {
    const auto effect = effect_of_annotation(annotation.key, question.facts.runtime);
    if (effect.empty()) continue;
    const std::string what = base::cat("the annotation ", base::quoted(annotation.key));
    if (is_kept(question.settings, annotation.key)) {
      explain_kept(question, what, draft);
      if (voids_filter(annotation.key, question.facts.runtime)) {
        draft.plan.seccomp.voided_by = annotation.key;
      }
      continue;
    }
    draft.refuse(RefusalId::annotation_voids_filter,
                 base::cat("/annotations/", oci_config::pointer_token(annotation.key)),
                 base::cat(what, " ", effect));
  }
}

void decide_weakening_environment(const Question& question, Draft& draft) {
  if (!question.facts.environment_weakens) return;
  const std::string what = "RUN_OCI_SECCOMP_RECEIVER in the runtime's environment";
  if (is_kept(question.settings, kReceiver)) return explain_kept(question, what, draft);
  draft.refuse(RefusalId::environment_voids_filter, "",
               base::cat(what, " hands system calls to a listener that may allow them"));
}

}  // namespace bulkhead::policy
