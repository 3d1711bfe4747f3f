// Whether a container reaches its program under the planned filter: what the runtime needs once the
// filter is loaded, and what a program of any C library needs before main(). It is told, and no
// reason to refuse: the table is measured with a few versions (policy/checks/startup_needs.h), and
// whoever starts all the same shall. Only where the kernel itself lets nobody execute a program is
// it certain that nothing starts (Plan::cannot_start).
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "policy/checks/profile_checks.h"
#include "policy/checks/startup_needs.h"
#include "policy/checks/syscall_standing.h"
#include "policy/decide/decide_parts.h"
#include "policy/decide/gate_need.h"

namespace bulkhead::policy {

using oci_config::SeccompProfile;

namespace {

// Of each call the answer is the same for all arguments.
Permits permitted_by(const SeccompProfile& profile) {
  return [&profile](std::string_view call) { return standing_of(profile, call).permitted; };
}

// What is denied of a row, in words; empty where the row is met in some release.
std::string gap_of(const StartupNeed& need, const SeccompProfile& profile) {
  const auto gaps = startup_gaps(need, permitted_by(profile), {.sometimes = false, .quote = {}});
  return gaps.empty() || !gaps.front().everywhere() ? std::string() : gaps.front().missing;
}

// Behind the shim the runtime installs what the edit says; a hook's edit reaches nobody.
bool gate_loads(const Question& question, const Plan& plan) {
  return plan.seccomp.loaded_by_gate || (!question.facts.caller_opens_gate && plan.missing.filter);
}

// Where the gate installs a filter early, those of the runtime sleep as well until the proof. What
// logs beside the runtime's is installed late, and all others with it.
bool filters_may_sleep(const Plan& plan) {
  const bool installs = plan.seccomp.stacked || !plan.seccomp.may_be_skipped.empty();
  return plan.record.has_value() || (installs && !wants_logging_filter(plan.seccomp));
}

bool is_row_for(const Question& question, const Plan& plan, const StartupNeed& need) {
  const std::string& family = question.facts.runtime.family;
  return need.stage == StartupStage::runtime && (family.empty() || need.id == family) &&
         need.no_new_privileges.value_or(plan.process.no_new_privileges) ==
             plan.process.no_new_privileges;
}

// As the findings of the profile's own checks are told.
void tell(std::string_view check, const std::string& message, Draft& draft) {
  const ProfileRef& source = draft.plan.seccomp.source;
  const bool is_inline = source.kind() == ProfileKind::inline_config;
  draft.find({.severity = Severity::warning,
              .check = std::string(check),
              .pointer = is_inline ? "/linux/seccomp/syscalls" : "/syscalls",
              .message = is_inline ? message : base::cat(source.text(), ": ", message),
              .remedy = "allow them (`bulkhead lint --fix` adds them to a profile's file)"});
}

void forget_runtime_needs(Plan& plan) {
  std::erase_if(plan.findings,
                [](const Finding& finding) { return finding.check == kDeniesRuntimeNeeds; });
}

// No runtime can do without it, whatever its version.
constexpr std::string_view kIndispensable = "execve";

// Whatever its arguments are, and without a supervisor or a tracer who might let it through.
bool denies_always(const SeccompProfile& profile, std::string_view call) {
  const bool any_lets_it = std::ranges::any_of(profile.syscalls, [&](const auto& rule) {
    return takes_effect(rule.action.action) &&
           std::ranges::find(rule.names, call) != rule.names.end();
  });
  return !any_lets_it && !standing_of(profile, call).permitted;
}

bool lets_nobody_execute(const SeccompProfile& profile) {
  constexpr std::string_view kExecuting[] = {"execve", "execveat"};
  return std::ranges::all_of(kExecuting, [&](auto call) { return denies_always(profile, call); });
}

// runc's `create` ends before the filter is loaded, and always executes a program in the end.
// crun's tells the engine itself, and may have a handler that executes nothing. A hook is not told
// which runtime called it, and without a proof a runtime may leave the filter out.
bool would_be_told_too_late(const Question& question, const Plan& plan) {
  return question.facts.caller_opens_gate && question.facts.runtime.family == "runc" &&
         plan.prove != Prove::never;
}

void tell_what_cannot_start(const Question& question, Draft& draft) {
  const SeccompProfile& profile = *draft.plan.seccomp.profile;
  if (permitted_by(profile)(kIndispensable)) return;
  forget_runtime_needs(draft.plan);
  for (const StartupNeed& need : startup_needs(question.facts.native)) {
    if (!is_row_for(question, draft.plan, need)) continue;
    tell(kDeniesRuntimeNeeds,
         base::cat(need.subject, " cannot start the container: once the filter is loaded it needs ",
                   gap_of(need, profile), ", which the profile denies"),
         draft);
  }
  draft.plan.cannot_start =
      lets_nobody_execute(profile) && would_be_told_too_late(question, draft.plan);
}

// The program of which least is said says it for all.
void tell_that_no_program_starts(const Question& question, Draft& draft) {
  const StartupNeed* least = nullptr;
  std::string missing;
  for (const StartupNeed& need : startup_needs(question.facts.native)) {
    if (need.stage != StartupStage::program) continue;
    std::string gap = gap_of(need, *draft.plan.seccomp.profile);
    if (gap.empty()) return;
    if (least != nullptr && gap.size() >= missing.size()) continue;
    least = &need;
    missing = std::move(gap);
  }
  if (least == nullptr) return;
  tell(kDeniesProgramNeeds,
       base::cat("no program of glibc, musl or Go reaches main(): even ", least->subject, " needs ",
                 missing, ", which the profile denies"),
       draft);
}

}  // namespace

bool keeps_from_starting(const Finding& finding) {
  return finding.check == kDeniesRuntimeNeeds || finding.check == kDeniesProgramNeeds;
}

Refusal why_it_cannot_start(const Plan& plan) {
  Refusal refusal;
  for (const Finding& finding : plan.findings) {
    if (!keeps_from_starting(finding)) continue;
    refusal.reasons.push_back(finding);
    refusal.reasons.back().severity = Severity::error;
  }
  return refusal;
}

void take_as_started(Plan& plan) {
  plan.cannot_start = false;
  std::erase_if(plan.findings, keeps_from_starting);
  if (!plan.would_refuse) return;
  std::erase_if(plan.would_refuse->reasons, keeps_from_starting);
  if (plan.would_refuse->reasons.empty()) plan.would_refuse.reset();
}

void decide_whether_it_starts(const Question& question, Draft& draft) {
  const PlannedSeccomp& seccomp = draft.plan.seccomp;
  if (!seccomp.profile || (seccomp.is_fallback && !seccomp.less_denied)) return;
  if (startup_needs(question.facts.native).empty()) return;
  if (gate_loads(question, draft.plan)) {
    forget_runtime_needs(draft.plan);
  } else if (!filters_may_sleep(draft.plan)) {
    tell_what_cannot_start(question, draft);
  }
  tell_that_no_program_starts(question, draft);
}

}  // namespace bulkhead::policy
