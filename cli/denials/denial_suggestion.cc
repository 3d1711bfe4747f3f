#include "cli/denials/denial_suggestion.h"

#include <algorithm>

#include "audit/denials/denial_remedy.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/denials/denial_query.h"
#include "cli/screen/layout.h"
#include "policy/checks/syscall_standing.h"
#include "record/keeping/kernel_access.h"

namespace bulkhead::cli {

using audit::Denial;
using audit::DenialKind;
using base::cat;
using oci_config::SeccompAction;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

namespace {

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::ranges::find(list, text) == list.end()) list.push_back(text);
}

bool allows_always(const SyscallRule& rule) {
  return rule.action.action == SeccompAction::allow && rule.args.empty() && rule.includes.empty() &&
         rule.excludes.empty();
}

}  // namespace

void Suggestions::add(const Denial& denial) {
  const bool usable = denial.kind == DenialKind::seccomp || denial.kind == DenialKind::apparmor;
  if (!usable || denial.naming != audit::Naming::named || denial.remedy.empty()) return;
  const policy::Identity& identity = denial.identity;
  Suggestion& suggestion =
      by_container_[identity.runtime_root.empty() ? identity.id
                                                  : cat(identity.runtime_root, '/', identity.id)];
  suggestion.container = container_text(denial);
  suggestion.identity = denial.identity;
  if (!denial.seccomp.empty()) suggestion.seccomp = denial.seccomp;
  if (audit::lost_architecture(denial)) {
    suggestion.problem =
        cat(denial.cause, ": no profile brings it back; ", denial.caution, ": ", denial.remedy);
    return;
  }
  if (audit::lacks_architecture(denial)) return add_once(suggestion.architectures, denial.arch);
  const bool seccomp = denial.kind == DenialKind::seccomp;
  const std::string& what = seccomp ? denial.syscall : denial.remedy;
  if (!denial.caution.empty()) suggestion.cautions[what] = denial.caution;
  if (!denial.caution.empty() && !dangerous_) return;
  add_once(seccomp ? suggestion.syscalls : suggestion.apparmor, what);
  if (seccomp) return;
  add_once(suggestion.apparmor_of[std::string(record::without_null_profiles(denial.profile))],
           what);
}

SeccompProfile allowing(SeccompProfile profile, const std::vector<std::string>& syscalls) {
  const auto asked = [&](const std::string& name) {
    return std::ranges::find(syscalls, name) != syscalls.end();
  };
  for (SyscallRule& rule : profile.syscalls) {
    const bool denies =
        !policy::takes_effect(rule.action.action) || rule.action.action == SeccompAction::log;
    if (denies) std::erase_if(rule.names, asked);
  }
  std::erase_if(profile.syscalls, [](const SyscallRule& rule) { return rule.names.empty(); });
  // Where everything else is allowed, taking it out of the rules was enough.
  if (profile.default_action.action == SeccompAction::allow) return profile;
  auto rule = std::ranges::find_if(profile.syscalls, allows_always);
  if (rule == profile.syscalls.end()) {
    rule = profile.syscalls.insert(rule, SyscallRule{.action = {.action = SeccompAction::allow}});
  }
  for (const std::string& name : syscalls) add_once(rule->names, name);
  return profile;
}

void write_suggestions(const std::map<std::string, Suggestion>& suggestions, Output& output) {
  if (suggestions.empty()) output.line("nothing to suggest");
  for (const auto& [id, suggestion] : suggestions) {
    output.line(output.styled(Style::bold, suggestion.container));
    if (!suggestion.syscalls.empty()) {
      output.write(paragraph(cat("allow ", base::join(suggestion.syscalls, ", ")), 2));
    }
    if (!suggestion.architectures.empty()) {
      output.write(
          paragraph(cat("list the architecture ", base::join(suggestion.architectures, ", ")), 2));
    }
    if (!suggestion.problem.empty()) output.write(paragraph(suggestion.problem, 2));
    output.write(suggestion.diff);
    for (const std::string& rule : suggestion.apparmor) output.line(cat("+  ", rule));
    for (const auto& [what, caution] : suggestion.cautions) {
      const bool suggested =
          std::ranges::find(suggestion.syscalls, what) != suggestion.syscalls.end() ||
          std::ranges::find(suggestion.apparmor, what) != suggestion.apparmor.end();
      const std::string text =
          cat(suggested ? "dangerous: " : "left out (--dangerous adds it): ", what, ": ", caution);
      output.write(output.styled(Style::warning, paragraph(text, 2)));
    }
  }
}

std::string suggestions_json(const std::map<std::string, Suggestion>& suggestions) {
  base::JsonWriter json;
  json.begin_object();
  json.begin_array("suggestions");
  for (const auto& [id, suggestion] : suggestions) {
    json.begin_object();
    json.member("id", suggestion.identity.id);
    json.member("container", suggestion.container);
    json.strings("syscalls", suggestion.syscalls);
    json.strings("architectures", suggestion.architectures);
    json.strings("apparmor", suggestion.apparmor);
    json.begin_object("cautions");
    for (const auto& [what, caution] : suggestion.cautions) json.member(what, caution);
    json.end_object();
    json.member("diff", suggestion.diff);
    json.member("problem", suggestion.problem);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.finish();
}

}  // namespace bulkhead::cli
