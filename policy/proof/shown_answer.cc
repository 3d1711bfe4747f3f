#include "policy/proof/shown_answer.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

constexpr std::string_view kSeccomp = "seccomp";

std::string sentences_of(const std::vector<Difference>& differences) {
  return Verdict{.differences = differences}.sentence();
}

}  // namespace

GateAdds what_gate_adds(const Plan& plan) {
  const PlannedSeccomp& seccomp = plan.seccomp;
  const bool adds =
      seccomp.loaded_by_gate || seccomp.stacked.has_value() || !seccomp.may_be_skipped.empty();
  return adds ? GateAdds::filters : GateAdds::nothing;
}

EnforceAnswer shown_answer(const Plan& plan, GateAdds gate,
                           const std::vector<Difference>& differences) {
  EnforceAnswer answer = enforce_answer(plan);
  if (answer.would == Would::refuse) return answer;
  const auto changed = subjects_changed(plan);
  std::vector<Difference> added, refused;
  for (const Difference& difference : differences) {
    if (std::ranges::find(changed, difference.subject) != changed.end()) continue;
    const bool is_added = gate == GateAdds::filters && difference.subject == kSeccomp;
    (is_added ? added : refused).push_back(difference);
  }
  if (!refused.empty()) return {Would::refuse, sentences_of(refused)};
  if (added.empty()) return answer;
  std::string why =
      base::cat("seccomp: the gate would install what is missing (", sentences_of(added), ')');
  if (answer.would == Would::change) why = base::cat(answer.why, "; ", why);
  return {Would::change, std::move(why)};
}

}  // namespace bulkhead::policy
