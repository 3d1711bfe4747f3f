// Whether the kernel logs what a filter denies (SECCOMP_FILTER_FLAG_LOG): asked of the runtime by
// config.json, where it takes the flag.
#include <algorithm>

#include "base/text.h"
#include "policy/decide/decide_parts.h"
#include "policy/decide/gate_need.h"

namespace bulkhead::policy {

using oci_config::SeccompProfile;

namespace {

bool runtime_takes(const Question& question, std::string_view flag) {
  const std::string name(flag);
  return question.facts.runtime.seccomp_flags.contains(name) &&
         question.facts.filter_flags.contains(name);
}

// What the kernel showed of a filter counts for more than what the runtime says of itself.
bool runtime_logs(const Question& question) {
  switch (question.facts.runtime.log_flag) {
    case LogFlag::unseen: return runtime_takes(question, oci_config::kFlagLog);
    case LogFlag::taken:
      return question.facts.filter_flags.contains(std::string(oci_config::kFlagLog));
    case LogFlag::dropped: return false;
  }
  return false;
}

// Of the filter that the runtime installs.
std::string why_runtime_does_not_log(const Question& question, const Plan& plan) {
  const RuntimeFeatures& runtime = question.facts.runtime;
  if (runtime.log_flag == LogFlag::dropped) {
    return "the runtime installs its filters without SECCOMP_FILTER_FLAG_LOG, as the kernel showed";
  }
  if (plan.mode == Mode::observe) return "mode observe changes nothing";
  if (!runtime.asked) return "a hook comes after the runtime has read config.json";
  return "the runtime takes no SECCOMP_FILTER_FLAG_LOG";
}

// Behind the shim one is there unless nothing is proved; a hook opens one where there is need.
bool has_gate(const Question& question, const Plan& plan) {
  if (plan.mode == Mode::observe || plan.prove == Prove::never) return false;
  return question.facts.runtime.asked || needs_gate(plan).value_or(false);
}

// Nor does the gate in its place.
std::string why_unlogged(const Question& question, const Plan& plan) {
  std::string why = why_runtime_does_not_log(question, plan);
  if (plan.mode == Mode::observe) return why;
  if (plan.seccomp.log_denials != LogDenials::always) {
    return why + ", and the policy's \"log_denials\" is not \"always\"";
  }
  return base::cat(why, ", and under \"prove\": \"", name_of(plan.prove),
                   "\" no gate adds a filter that logs");
}

// What config.json asks of the runtime in the end.
const SeccompProfile* asked_of_runtime(const Question& question, const Plan& plan) {
  if (plan.mode == Mode::enforce) return plan.seccomp.profile ? &*plan.seccomp.profile : nullptr;
  return question.spec.seccomp ? &*question.spec.seccomp : nullptr;
}

// The gate's filters log, and so do those that it installs beside the runtime's.
bool is_logged_by_gate(const Question& question, const Plan& plan) {
  if (!has_gate(question, plan)) return false;
  const bool by_hook = plan.missing.filter && !question.facts.runtime.asked;
  return by_hook || plan.seccomp.loaded_by_gate || wants_logging_filter(plan.seccomp);
}

}  // namespace

// Flags that are absent leave the runtime's default, SPEC_ALLOW, which a list replaces: it is named
// beside LOG, or every system call becomes slower.
std::vector<std::string> flags_that_log(const Question& question, std::vector<std::string> flags) {
  if (question.settings.seccomp_log_denials.value == LogDenials::no || !runtime_logs(question)) {
    return flags;
  }
  if (std::ranges::find(flags, oci_config::kFlagLog) != flags.end()) return flags;
  const bool were_absent = flags.empty();
  flags.emplace_back(oci_config::kFlagLog);
  if (were_absent && runtime_takes(question, oci_config::kFlagSpecAllow))
    flags.emplace_back(oci_config::kFlagSpecAllow);
  return flags;
}

void note_unlogged(const Question& question, Draft& draft) {
  const SeccompProfile* const asked = asked_of_runtime(question, draft.plan);
  PlannedSeccomp& planned = draft.plan.seccomp;
  planned.log_flag = question.facts.runtime.log_flag;
  if (asked == nullptr || !denies_silently(*asked)) return;
  const bool drops = question.facts.runtime.log_flag == LogFlag::dropped;
  if ((asks_to_log(*asked) && !drops) || is_logged_by_gate(question, draft.plan)) return;
  planned.unlogged = planned.log_denials == LogDenials::no ? "the policy's \"log_denials\" is false"
                                                           : why_unlogged(question, draft.plan);
}

}  // namespace bulkhead::policy
