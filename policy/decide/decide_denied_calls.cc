// seccomp.deny: what the node's owner denies everywhere, whatever a profile says. The planned
// profile loses it; where one profile cannot say that, the gate stacks a filter that denies these
// calls.
#include "base/text.h"
#include "policy/analysis/denied_calls.h"
#include "policy/decide/decide_parts.h"
#include "policy/fallback/runtime_default.h"

namespace bulkhead::policy {

namespace {

constexpr std::string_view kPointer = "/linux/seccomp";

// They were read by the same function when the policy was.
std::vector<CallPattern> denied_calls(const Question& question) {
  std::vector<CallPattern> calls;
  for (const std::string& text : question.settings.seccomp_deny.value) {
    if (auto call = parse_call_pattern(text)) calls.push_back(*std::move(call));
  }
  return calls;
}

void explain(const Question& question, std::string_view how, Draft& draft) {
  draft.explain("deny", base::cat(how, " (", source_of_denied_calls(question), ")"),
                because_of(question.settings, question.settings.seccomp_deny.origin));
}

// Without a filter the container gets one that denies these calls and nothing else.
void deny_without_filter(const Question& question, const std::vector<CallPattern>& calls,
                         Draft& draft) {
  PlannedSeccomp& planned = draft.plan.seccomp;
  planned.profile = all_but(calls, runtime_default_for(container_of(question)).architectures);
  planned.clamped = planned.less_denied = true;
  explain(question, "the container, which has no filter else, gets one that denies these calls",
          draft);
}

void deny_by_second_filter(const Question& question, const std::vector<CallPattern>& calls,
                           Draft& draft) {
  if (!can_stack(question, draft)) {
    return draft.refuse(
        RefusalId::seccomp_deny_not_held, std::string(kPointer),
        base::cat("no single profile says what the seccomp profile ",
                  base::quoted(draft.plan.seccomp.source.text()), " allows without ",
                  source_of_denied_calls(question), ", and only the gate can install two"),
        remedy_without_gate(question));
  }
  draft.plan.seccomp.stacked = all_but(calls, draft.plan.seccomp.profile->architectures);
  draft.plan.seccomp.less_denied = true;
  explain(question, "by a second filter, which the gate installs", draft);
}

}  // namespace

std::string source_of_denied_calls(const Question& question) {
  const auto& setting = question.settings.seccomp_deny;
  if (setting.value.empty()) return {};
  return source_of("seccomp.deny", base::join(setting.value, ", "), setting.origin);
}

void deny_calls(const Question& question, Draft& draft) {
  const std::vector<CallPattern> calls = denied_calls(question);
  if (calls.empty()) return;
  PlannedSeccomp& planned = draft.plan.seccomp;
  if (!planned.profile) return deny_without_filter(question, calls, draft);
  auto rest = without_calls(*planned.profile, calls, question.facts.native);
  if (!rest || !*rest) return deny_by_second_filter(question, calls, draft);
  if (to_oci_json(**rest) == to_oci_json(*planned.profile)) {
    return explain(question, "the profile allows none of these calls", draft);
  }
  planned.profile = **std::move(rest);
  planned.clamped = planned.less_denied = true;
  explain(question, "taken out of the profile", draft);
}

}  // namespace bulkhead::policy
