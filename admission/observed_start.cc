#include "admission/observed_start.h"

#include <algorithm>

#include "admission/prepare_gate.h"
#include "base/text.h"

namespace bulkhead::admission {

using kernel::GateOutcome;
using policy::Plan;

namespace {

constexpr std::string_view kNotDecided = "not-decided";

bool differs_in(std::string_view subject, const GateOutcome& outcome) {
  return std::ranges::any_of(outcome.differences, [&](const policy::Difference& difference) {
    return difference.subject == subject;
  });
}

bool is_unjudged(const Plan& plan) {
  return std::ranges::any_of(plan.findings, [](const policy::Finding& finding) {
    return finding.check == kFiltersNotJudged;
  });
}

WhatHolds planned(const Plan& plan) {
  return {.seccomp = plan.seccomp.told_source(),
          .apparmor = plan.apparmor.label,
          .no_new_privileges = plan.process.no_new_privileges};
}

WhatHolds nothing_known() {
  return {.seccomp = kUnknownFilter, .apparmor = {}, .is_planned_filter = false};
}

// Of a filter that is not the planned one: that of the runtime's document, if there is any.
void tell_shown_filter(const kernel::Shown& shown, WhatHolds& holds) {
  holds.is_planned_filter = false;
  holds.seccomp = shown.filters == 0 ? policy::ProfileRef::unconfined().text()
                                     : policy::ProfileRef::inline_config().text();
}

}  // namespace

WhatHolds what_holds(const Plan& plan, const GateOutcome& outcome) {
  if (plan.mode == policy::Mode::enforce) return planned(plan);
  if (!outcome.shown || is_unjudged(plan)) return nothing_known();
  WhatHolds holds = planned(plan);
  holds.no_new_privileges = outcome.shown->no_new_privileges;
  const bool is_another = !plan.seccomp.profile && outcome.shown->filters > 0;
  if (is_another || differs_in("seccomp", outcome)) tell_shown_filter(*outcome.shown, holds);
  if (differs_in("apparmor", outcome)) holds.apparmor = outcome.shown->apparmor;
  return holds;
}

WhatHolds what_is_known(const Plan& plan) {
  const bool is_known = plan.mode == policy::Mode::enforce ||
                        policy::enforce_answer(plan).would == policy::Would::change_nothing;
  return is_known ? planned(plan) : nothing_known();
}

policy::EnforceAnswer observed_answer(const Plan& plan, policy::GateAdds gate,
                                      const GateOutcome& outcome) {
  const bool is_unshown =
      outcome.result == kernel::GateResult::differs && outcome.differences.empty();
  policy::EnforceAnswer answer =
      is_unshown ? policy::shown_answer(plan, gate, {{"kernel", outcome.sentence}})
                 : policy::shown_answer(plan, gate, outcome.differences);
  if (plan.seccomp.less_architectures && !outcome.program_arch.empty()) {
    answer.why += base::cat("; its program is one of ", outcome.program_arch,
                            ", and would be killed at its first system call");
  }
  return answer;
}

Plan undecided(const base::Error& error) {
  Plan plan;
  plan.mode = policy::Mode::observe;
  plan.would_refuse = policy::Refusal{{{.severity = policy::Severity::error,
                                        .check = std::string(kNotDecided),
                                        .pointer = {},
                                        .message = error.message,
                                        .remedy = error.remedy}}};
  return plan;
}

bool is_undecided(const Plan& plan) {
  return plan.would_refuse && plan.would_refuse->reasons.front().check == kNotDecided;
}

}  // namespace bulkhead::admission
