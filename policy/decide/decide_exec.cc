// What `exec` does into a running container. Hooks do not run for it and the runtime takes seccomp
// from the container's stored configuration, so what can be held is AppArmor, no_new_privileges,
// capabilities and the user.
#include "base/text.h"
#include "policy/decide/decide_parts.h"

namespace bulkhead::policy {

using oci_config::CapabilityMask;
using oci_config::ProcessSpec;

namespace {

// Without a gate nobody could install what a container of another origin lacks.
bool gets_the_policys_filter(const RunningContainer& container, const Draft& draft) {
  return !container.recorded && draft.plan.prove != Prove::never;
}

// Nobody held such a container against the policy. What the policy says of it holds for what joins,
// and the gate installs what the runtime does not.
void plan_policys_seccomp(const Question& question, Draft& draft) {
  if (!plan_seccomp(question, draft)) return;
  const PlannedSeccomp& planned = draft.plan.seccomp;
  const bool is_stored = planned.source.kind() == ProfileKind::inline_config && !planned.clamped;
  draft.plan.missing.filter = planned.profile && !is_stored;
}

// The container runs already, and what it holds was decided when it started.
void plan_stored_seccomp(const Question& question, Draft& draft) {
  if (question.spec.seccomp) {
    draft.plan.seccomp.source = ProfileRef::inline_config();
    draft.plan.seccomp.profile = question.spec.seccomp;
    describe_planned_profile(question, draft);
    hold_floor_of_joining(question, draft);
    plan_what_may_be_skipped(draft);
    return draft.explain("seccomp", "the profile that the running container has");
  }
  if (!question.facts.installed_by_gate.empty()) {
    return draft.explain("seccomp", base::cat("what the gate installed in the running container (",
                                              question.facts.installed_by_gate, ")"));
  }
  draft.explain("seccomp", "unconfined: the running container has no profile");
  const auto& unset = question.settings.seccomp_unset;
  if (unset.value == Unset::keep) return;
  draft.find(
      {.severity = Severity::warning,
       .check = "exec-unconfined",
       .pointer = "/linux/seccomp",
       .message = base::cat("the running container has no seccomp profile, so neither has "
                            "what joins it (",
                            source_of("seccomp.unset", name_of(unset.value), unset.origin), ")"),
       .remedy = "create the container anew, through Bulkhead"});
}

bool is_bounded_by_container(const Question& question) {
  switch (question.settings.exec_capabilities.value) {
    case ExecCapabilities::container: return true;
    case ExecCapabilities::as_asked: break;
  }
  return false;
}

// What the container's own processes can have at most (absent capabilities are none), or what is
// asked for where the policy says so. Never what the policy drops.
CapabilityMask allowed_capabilities(const Question& question) {
  return is_bounded_by_container(question) ? planned_bounding_set(question)
                                           : ~dropped_capabilities(question.settings);
}

void explain_added_capabilities(const Question& question, Draft& draft) {
  const auto& setting = question.settings.exec_capabilities;
  const CapabilityMask added =
      draft.plan.process.capabilities.bounding & ~planned_bounding_set(question);
  if (added == 0) return;
  draft.explain(
      "capabilities",
      base::cat("beyond the container's: ", base::join(oci_config::capability_names(added), ", "),
                " (", source_of("exec.capabilities", name_of(setting.value), setting.origin), ")"),
      because_of(question.settings, setting.origin));
}

void hold_container_no_new_privileges(const Question& question, const ProcessPlace& joining,
                                      Draft& draft) {
  const bool container_has_it = question.spec.process->no_new_privileges ||
                                question.settings.no_new_privileges.value == KeepSetRequire::set;
  if (!container_has_it || joining.process.no_new_privileges) {
    return decide_no_new_privileges(question, joining, draft);
  }
  draft.plan.process.no_new_privileges = true;
  draft.explain("no_new_privileges", "set, as for the container");
  draft.set_member(Change::no_new_privileges, base::cat(joining.pointer, "/noNewPrivileges"),
                   "true");
}

}  // namespace

Decision decide_exec(const ProcessSpec& process, const RunningContainer& container,
                     const Identity& identity, const ContainerPolicy& policy,
                     const NodeFacts& facts) {
  const Question question{container.spec, identity, policy.settings, policy.has_rules_by_name,
                          facts};
  Draft draft(policy);
  decide_identity(question, draft);
  decide_weakening_environment(question, draft);
  if (!container.spec.process) {
    draft.refuse(RefusalId::process_missing, "/process", "config.json has no process");
    return std::move(draft).finish();
  }
  const ProcessPlace joining{process, ""};
  gets_the_policys_filter(container, draft) ? plan_policys_seccomp(question, draft)
                                            : plan_stored_seccomp(question, draft);
  decide_exec_apparmor(question, joining, draft);
  hold_container_no_new_privileges(question, joining, draft);
  draft.plan.process.bounded_by_container = is_bounded_by_container(question);
  decide_capabilities(question, joining, allowed_capabilities(question), draft);
  explain_added_capabilities(question, draft);
  decide_user(question, joining, draft);
  draft.plan.process.user = planned_user(question, process);
  record_rules_with_reasons(question, draft);
  note_unlogged(question, draft);
  return std::move(draft).finish();
}

}  // namespace bulkhead::policy
