// seccomp.architectures: whether a profile keeps what it lists beside the machine's own
// architecture. What is not listed is killed by every filter, whatever its rules say (libseccomp's
// bad-arch action), so that a program of it ends at its first system call.
#include "base/text.h"
#include "policy/decide/decide_parts.h"

namespace bulkhead::policy {

using oci_config::SeccompArch;

namespace {

std::string names_of(const std::vector<SeccompArch>& arches) {
  std::vector<std::string> names;
  for (const SeccompArch arch : arches) names.push_back(short_name(arch));
  return base::join(names, ", ");
}

std::string source_of_setting(const Question& question) {
  const auto& setting = question.settings.seccomp_architectures;
  return source_of("seccomp.architectures", name_of(setting.value), setting.origin);
}

void explain(const Question& question, std::string_view what, Draft& draft) {
  draft.explain("architectures", base::cat(what, " (", source_of_setting(question), ")"));
}

}  // namespace

bool keeps_native_alone(const Question& question) {
  return question.settings.seccomp_architectures.value == SeccompArchitectures::native;
}

void take_out_other_architectures(const Question& question, Draft& draft) {
  PlannedSeccomp& planned = draft.plan.seccomp;
  if (!keeps_native_alone(question) || !planned.profile) return;
  const auto others = other_architectures(*planned.profile, question.facts.native);
  if (others.empty()) {
    return explain(question,
                   base::cat("the profile lists none but ", short_name(question.facts.native)),
                   draft);
  }
  planned.profile->architectures = {question.facts.native};
  planned.less_architectures = true;
  if (planned.source.kind() == ProfileKind::inline_config) planned.clamped = true;
  explain(question,
          base::cat(names_of(others),
                    " taken out of the profile: programs that call as these are killed at their "
                    "first system call"),
          draft);
}

}  // namespace bulkhead::policy
