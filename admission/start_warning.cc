#include "admission/start_warning.h"

#include "base/text.h"

namespace bulkhead::admission {

std::string what_keeps_from_starting(const policy::Plan& plan) {
  std::string text;
  for (const policy::Finding& finding : plan.findings) {
    if (!policy::keeps_from_starting(finding)) continue;
    text += base::cat(text.empty() ? "" : "; ", finding.message);
  }
  return text;
}

void warn_of_start(const Voice& voice, const policy::Plan& plan) {
  for (const policy::Finding& finding : plan.findings) {
    if (!policy::keeps_from_starting(finding)) continue;
    say(voice, base::cat("warning: ", finding.message, "; ", finding.remedy));
  }
}

void explain_failed_start(const Voice& voice, const policy::Plan& plan) {
  const std::string why = what_keeps_from_starting(plan);
  if (why.empty()) return;
  const std::string sentence =
      base::cat(voice.program, ": the seccomp profile is probably why it did not start: ", why);
  (void)write_engine_log(voice.engine_log, sentence);
}

}  // namespace bulkhead::admission
