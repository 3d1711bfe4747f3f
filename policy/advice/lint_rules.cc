#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "base/text.h"
#include "policy/advice/lint_groups.h"
#include "policy/checks/recent_denials.h"
#include "policy/checks/syscall_standing.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy::lint_group {

namespace {

using base::cat;
using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SyscallRule;

std::vector<SeccompArch> architectures_of(const CheckContext& context) {
  if (!context.profile.architectures.empty()) return context.profile.architectures;
  return {context.facts.native};
}

std::vector<std::string_view> names_without_number(const CheckContext& context, SeccompArch arch) {
  std::set<std::string_view> names;
  for (const SyscallRule& rule : context.profile.syscalls) {
    for (const std::string& name : rule.names) {
      if (is_syscall_name(name) && !syscall_number(arch, name)) names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

std::string place(const SyscallRule& rule) { return rule.pointer; }

// By name the first rule without conditions: libseccomp lets it answer for all arguments.
std::map<std::string_view, const SyscallRule*> rules_for_all_arguments(
    const CheckContext& context) {
  std::map<std::string_view, const SyscallRule*> rules;
  for (const SyscallRule& rule : context.profile.syscalls) {
    if (!rule.args.empty()) continue;
    for (const std::string& name : rule.names) rules.try_emplace(name, &rule);
  }
  return rules;
}

}  // namespace

void names_missing_on_an_architecture(const CheckContext& context, Findings& findings) {
  for (const SeccompArch arch : architectures_of(context)) {
    if (std::ranges::find(syscall_arches(), arch) == syscall_arches().end()) continue;
    const auto names = names_without_number(context, arch);
    if (names.empty()) continue;
    findings.push_back({Severity::note, "names-missing-on-an-architecture", "/syscalls",
                        cat("on ", name_of(arch), " there is no system call ", name_list(names)),
                        "nothing; the names have no effect there"});
  }
}

void denials_older_runtimes_skip(const CheckContext& context, Findings& findings) {
  const SeccompAction by_default = context.profile.default_action.action;
  for (const SyscallRule& rule : context.profile.syscalls) {
    const auto recent = recent_denials_of(rule, by_default);
    if (recent.empty()) continue;
    findings.push_back({Severity::warning, "denial-older-runtimes-skip", place(rule),
                        cat("a runtime with libseccomp 2.5 does not know ", name_list(recent),
                            " and leaves the denial out; only a gate adds it"),
                        "deny by default and list what is needed: then a call that is not known is "
                        "denied as well"});
  }
}

void shadowed_rules(const CheckContext& context, Findings& findings) {
  const auto for_all_arguments = rules_for_all_arguments(context);
  for (const SyscallRule& rule : context.profile.syscalls) {
    for (const std::string& name : rule.names) {
      const auto found = for_all_arguments.find(name);
      if (found == for_all_arguments.end()) continue;
      const SyscallRule& other = *found->second;
      // Of two rules without conditions the first one is told about the second.
      if (rule.args.empty() && &rule <= &other) continue;
      const bool same = rule.action == other.action;
      findings.push_back(
          {same ? Severity::note : Severity::warning, "shadowed-rule", place(rule),
           cat("the rule for ", base::quoted(name), " has no effect: ", other.pointer, " answers ",
               name_of(other.action.action), " for all arguments"),
           same ? "remove the name from one of the two"
                : "decide which one is meant, remove the other"});
    }
  }
}

void notification_deadlock(const CheckContext& context, Findings& findings) {
  constexpr auto kNotify = SeccompAction::user_notif;
  if (context.profile.default_action.action == kNotify) {
    findings.push_back(
        {Severity::error, "notification-deadlock", "/defaultAction",
         "SCMP_ACT_NOTIFY as the default action stops the runtime before it can hand the listener "
         "over; runc refuses it",
         "name the calls that a supervisor decides in a rule"});
  }
  for (const SyscallRule& rule : context.profile.syscalls) {
    const bool write = std::ranges::find(rule.names, "write") != rule.names.end();
    if (!write || rule.action.action != kNotify) continue;
    findings.push_back({Severity::error, "notification-deadlock", place(rule),
                        "SCMP_ACT_NOTIFY on 'write' stops the runtime while it hands the listener "
                        "over; runc refuses it",
                        "take 'write' out of the rule"});
  }
}

void unused_errno(const CheckContext& context, Findings& findings) {
  for (const SyscallRule& rule : context.profile.syscalls) {
    if (!rule.action.errno_ret || *rule.action.errno_ret != 0) continue;
    if (rule.action.action != SeccompAction::return_errno) continue;
    findings.push_back(
        {Severity::warning, "errno-zero", place(rule),
         "errnoRet 0 tells the program that the call succeeded, though nothing was done",
         "use 1 (EPERM) or 38 (ENOSYS)"});
  }
}

std::string name_list(const std::vector<std::string_view>& names) {
  constexpr std::size_t kShown = 12;
  std::string out;
  for (std::size_t at = 0; at < std::min(names.size(), kShown); ++at) {
    out += cat(at == 0 ? "" : ", ", base::quoted(names[at]));
  }
  if (names.size() > kShown) out += cat(" and ", names.size() - kShown, " more");
  return out;
}

}  // namespace bulkhead::policy::lint_group
