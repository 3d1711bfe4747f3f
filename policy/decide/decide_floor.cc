// The floor: no profile allows more than it. What exceeds it is refused, or clamped: to the
// intersection of both as one profile or, where no profile says that, by the gate, which stacks the
// floor as a filter of its own.
#include "base/text.h"
#include "policy/analysis/filter_decision.h"
#include "policy/analysis/filter_intersect.h"
#include "policy/decide/decide_parts.h"
#include "policy/fallback/runtime_default.h"

namespace bulkhead::policy {

using oci_config::SeccompProfile;

namespace {

constexpr std::string_view kPointer = "/linux/seccomp";
constexpr std::size_t kMaxExcessesNamed = 4;

struct Floor {
  const ProfileRef& reference;
  SeccompProfile profile;
  std::string source;  // "seccomp.floor = runtime/default, policy.json line 1"
};

std::string source_of_floor(const Question& question) {
  const auto& setting = question.settings.seccomp_floor;
  return source_of("seccomp.floor", setting.value.text(), setting.origin);
}

bool clamps(const Question& question) {
  return question.settings.seccomp_floor_action.value == FloorAction::clamp;
}

std::optional<SeccompProfile> floor_profile(const Question& question, const ProfileRef& floor,
                                            Draft& draft) {
  if (floor.kind() == ProfileKind::runtime_default) {
    return runtime_default_for(container_of(question));
  }
  const auto* read = read_profile(question, floor);
  if (read != nullptr && *read) return expand((*read)->profile, container_of(question));
  refuse_unreadable(RefusalId::seccomp_floor_unusable, floor, read, draft);
  return std::nullopt;
}

std::string list_excesses(const std::vector<Witness>& excesses) {
  std::vector<std::string> named;
  for (const Witness& witness : excesses) {
    if (named.size() == kMaxExcessesNamed) break;
    named.push_back(describe(witness));
  }
  std::string text = base::join(named, ", ");
  if (excesses.size() > named.size()) {
    text += base::cat(" and ", excesses.size() - named.size(), " more");
  }
  return text;
}

std::string profile_name(const Draft& draft) {
  return base::cat("the seccomp profile ", base::quoted(draft.plan.seccomp.source.text()));
}

void refuse_incomparable(const base::Error& error, const Floor& floor, Draft& draft) {
  draft.refuse(RefusalId::seccomp_floor_unusable, std::string(kPointer),
               base::cat(profile_name(draft), " cannot be compared with the floor (", floor.source,
                         "): ", error.message),
               error.remedy);
}

// ---- clamp --------------------------------------------------------------------------------------

// The flags are those of the container's own profile: they are the runtime's affair.
std::optional<SeccompProfile> intersection_within(const SeccompProfile& planned,
                                                  const SeccompProfile& floor,
                                                  oci_config::SeccompArch native) {
  auto both = intersect(planned, floor, native);
  if (!both || !*both) return std::nullopt;
  const auto excesses = excess(**both, floor, native);
  if (!excesses || !excesses->empty()) return std::nullopt;
  (*both)->flags = planned.flags;
  return *std::move(both);
}

// Where seccomp.deny took the second filter, that one says both.
bool stack_beside_denied_calls(const Question& question, const Floor& floor, Draft& draft) {
  auto& stacked = draft.plan.seccomp.stacked;
  if (!stacked) {
    stacked = floor.profile;
    return true;
  }
  auto both = intersect(*stacked, floor.profile, question.facts.native);
  if (both && *both) {
    stacked = *std::move(both);
    return true;
  }
  draft.refuse(RefusalId::seccomp_above_floor, std::string(kPointer),
               base::cat(profile_name(draft), " allows what the floor does not (", floor.source,
                         "), and no second filter says what the floor and ",
                         source_of_denied_calls(question), " allow"));
  return false;
}

void stack(const Question& question, const Floor& floor, const std::string& excesses,
           Draft& draft) {
  if (!can_stack(question, draft)) {
    return draft.refuse(
        RefusalId::seccomp_above_floor, std::string(kPointer),
        base::cat(profile_name(draft), " allows what the floor does not (", floor.source,
                  "): ", excesses,
                  "; no single profile says what both allow, and only the gate can install two"),
        remedy_without_gate(question));
  }
  if (!stack_beside_denied_calls(question, floor, draft)) return;
  draft.plan.seccomp.stacked->flags.clear();
  draft.explain("floor", base::cat("clamped by a second filter, which the gate installs, since no "
                                   "single profile says what both allow (",
                                   floor.source, "), which takes away: ", excesses));
}

void clamp(const Question& question, const Floor& floor, const std::string& excesses,
           Draft& draft) {
  PlannedSeccomp& planned = draft.plan.seccomp;
  auto both = intersection_within(*planned.profile, floor.profile, question.facts.native);
  if (!both) return stack(question, floor, excesses, draft);
  planned.profile = *std::move(both);
  planned.clamped = true;
  describe_planned_profile(question, draft);
  draft.explain("floor", base::cat("clamped to what the floor allows too (", floor.source,
                                   "), which takes away: ", excesses));
}

void compare_with_floor(const Question& question, const Floor& floor, Draft& draft) {
  const auto excesses = excess(*draft.plan.seccomp.profile, floor.profile, question.facts.native);
  if (!excesses) return refuse_incomparable(excesses.error(), floor, draft);
  if (excesses->empty()) {
    return draft.explain("floor", base::cat("not exceeded (", floor.source, ")"));
  }
  const std::string list = list_excesses(*excesses);
  if (clamps(question)) return clamp(question, floor, list, draft);
  draft.refuse(RefusalId::seccomp_above_floor, std::string(kPointer),
               base::cat(profile_name(draft), " allows what the floor does not (", floor.source,
                         "): ", list));
}

}  // namespace

bool can_stack(const Question& question, const Draft& draft) {
  const bool can_open = question.facts.caller_opens_gate || !question.facts.hook_path.empty();
  return can_open && draft.plan.prove != Prove::never;
}

std::string remedy_without_gate(const Question& question) {
  const std::string_view hook =
      question.facts.caller_opens_gate ? "" : "install bulkhead-hook and ";
  return base::cat(hook,
                   "let \"prove\" be \"always\" or \"when-installing\", or tighten the "
                   "profile");
}

void hold_floor_without_filter(const Question& question, Draft& draft) {
  const auto& floor = question.settings.seccomp_floor.value;
  if (!floor) return;
  if (clamps(question)) {
    if (!take_seccomp_profile(question, *floor, draft)) return;
    return draft.explain("floor", base::cat("the container gets the floor itself, since without a "
                                            "seccomp filter everything is allowed (",
                                            source_of_floor(question), ")"));
  }
  draft.refuse(RefusalId::seccomp_above_floor, std::string(kPointer),
               base::cat("without a seccomp filter everything is allowed, and the floor "
                         "does not allow that (",
                         source_of_floor(question), ")"));
}

void hold_floor(const Question& question, Draft& draft) {
  const auto& floor = question.settings.seccomp_floor.value;
  if (!floor || draft.plan.seccomp.source == *floor) return;
  if (auto profile = floor_profile(question, *floor, draft)) {
    compare_with_floor(question, {*floor, *std::move(profile), source_of_floor(question)}, draft);
  }
}

void hold_floor_of_joining(const Question& question, Draft& draft) {
  const auto& floor = question.settings.seccomp_floor.value;
  if (!floor || !clamps(question)) return;
  const auto profile = floor_profile(question, *floor, draft);
  if (!profile) return;
  const Floor held{*floor, *profile, source_of_floor(question)};
  const auto excesses = excess(*draft.plan.seccomp.profile, held.profile, question.facts.native);
  if (!excesses) return refuse_incomparable(excesses.error(), held, draft);
  if (excesses->empty()) return;
  if (question.facts.caller_opens_gate) {
    return stack(question, held, list_excesses(*excesses), draft);
  }
  draft.refuse(RefusalId::seccomp_above_floor, std::string(kPointer),
               base::cat("a process that joins this container would have the container's profile "
                         "alone, which allows what the floor does not (",
                         held.source, "): ", list_excesses(*excesses)),
               "tighten the container's profile so that it needs no second filter, and create the "
               "container anew");
}

}  // namespace bulkhead::policy
