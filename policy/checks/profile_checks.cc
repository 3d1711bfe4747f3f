#include "policy/checks/profile_checks.h"

#include <algorithm>

#include "base/text.h"
#include "policy/checks/rule_conditions.h"
#include "policy/checks/rule_names.h"
#include "policy/checks/startup_needs.h"
#include "policy/checks/syscall_standing.h"

namespace bulkhead::policy {

using oci_config::SeccompAction;
using oci_config::SyscallRule;
using rule_names::listed;

namespace {

using Findings = std::vector<Finding>;

// ---- members ---------------------------------------------------------------------------------

// The OCI specification has runtimes ignore what they do not know; a misspelt member is then as
// good as absent.
void unknown_members(const CheckContext& context, Findings& findings) {
  static const std::vector<std::string_view> kKnown = {"defaultAction",
                                                       "defaultErrnoRet",
                                                       "architectures",
                                                       "flags",
                                                       "listenerPath",
                                                       "listenerMetadata",
                                                       "syscalls",
                                                       "names",
                                                       "action",
                                                       "errnoRet",
                                                       "args",
                                                       "index",
                                                       "value",
                                                       "valueTwo",
                                                       "op"};
  for (const std::string& pointer : context.profile.unknown_members) {
    const auto near = base::nearest(pointer.substr(pointer.rfind('/') + 1), kKnown);
    findings.push_back({Severity::warning, "unknown-members", pointer,
                        base::cat("runtimes ignore the member ", base::quoted(pointer)),
                        near ? base::cat("did you mean '", *near, "'?")
                             : std::string("remove it, or correct its name")});
  }
}

// ---- actions -----------------------------------------------------------------------------------

// The pointers at which an action stands, "/defaultAction" or a rule's.
std::vector<std::string> places_of(const CheckContext& context, SeccompAction action) {
  std::vector<std::string> places;
  if (context.profile.default_action.action == action) places.emplace_back("/defaultAction");
  for (const SyscallRule& rule : context.profile.syscalls) {
    if (rule.action.action == action) places.push_back(rule.pointer);
  }
  return places;
}

void unavailable_actions(const CheckContext& context, Findings& findings) {
  if (context.facts.actions_available.empty()) return;
  for (int i = 0; i <= static_cast<int>(SeccompAction::allow); ++i) {
    const auto action = static_cast<SeccompAction>(i);
    if (context.facts.actions_available.contains(action)) continue;
    const auto places = places_of(context, action);
    if (places.empty()) continue;
    findings.push_back({Severity::error, "action-unavailable", places.front(),
                        base::cat("this kernel does not know ", name_of(action)),
                        "see /proc/sys/kernel/seccomp/actions_avail for those that it knows"});
  }
}

void notify_without_listener(const CheckContext& context, Findings& findings) {
  if (!context.profile.listener_path.empty()) return;
  const auto places = places_of(context, SeccompAction::user_notif);
  if (places.empty()) return;
  findings.push_back({Severity::error, "notify-without-listener", places.front(),
                      "SCMP_ACT_NOTIFY without a listenerPath: nobody would answer the container",
                      "name the supervisor's socket in listenerPath, or use another action"});
}

void default_action_allows(const CheckContext& context, Findings& findings) {
  if (context.profile.default_action.action != SeccompAction::allow) return;
  findings.push_back({Severity::warning, "default-action-allows", "/defaultAction",
                      "what no rule names is allowed, new system calls included",
                      "deny by default (SCMP_ACT_ERRNO) and list what is needed"});
}

void default_action_logs(const CheckContext& context, Findings& findings) {
  if (context.profile.default_action.action != SeccompAction::log) return;
  findings.push_back({Severity::warning, "default-action-logs", "/defaultAction",
                      "what no rule names is logged and allowed: the profile watches, it denies "
                      "nothing",
                      "use SCMP_ACT_ERRNO once the list of system calls is complete"});
}

// By which a runtime gives up privileges and closes descriptors once the filter is loaded, and by
// which a second filter is installed.
constexpr std::string_view kGiveUpCalls[] = {
    "capset", "close_range", "fcntl",    "prctl",     "seccomp",   "setfsgid", "setfsuid",
    "setgid", "setgroups",   "setregid", "setresgid", "setresuid", "setreuid", "setuid"};

bool pretends_success(const oci_config::ActionData& action) {
  return action.action == SeccompAction::return_errno && action.errno_ret == 0;
}

bool is_named(const SyscallRule& rule, std::string_view call) {
  return std::ranges::find(rule.names, call) != rule.names.end();
}

std::vector<std::string> give_up_calls(auto is_meant) {
  std::vector<std::string> calls;
  for (const std::string_view call : kGiveUpCalls) {
    if (is_meant(call)) calls.emplace_back(call);
  }
  return calls;
}

// Of those that the default action answers, for some arguments at least.
std::vector<std::string> give_up_calls_by_default(const oci_config::SeccompProfile& profile) {
  return give_up_calls([&](std::string_view call) {
    return std::ranges::none_of(profile.syscalls, [&](const SyscallRule& rule) {
      return rule.args.empty() && is_named(rule, call);
    });
  });
}

void find_pretended(const std::vector<std::string>& calls, std::string pointer,
                    Findings& findings) {
  if (calls.empty()) return;
  findings.push_back({Severity::error, "errno-zero-for-privileges", std::move(pointer),
                      base::cat("errno 0 is success: a runtime that calls ", listed(calls),
                                " would believe that it gave up what it still has"),
                      "deny with an errno that says so (errnoRet 1 is EPERM), or allow the calls"});
}

void denials_that_pretend_success(const CheckContext& context, Findings& findings) {
  const oci_config::SeccompProfile& profile = context.profile;
  if (pretends_success(profile.default_action)) {
    find_pretended(give_up_calls_by_default(profile), "/defaultErrnoRet", findings);
  }
  for (const SyscallRule& rule : profile.syscalls) {
    if (!pretends_success(rule.action)) continue;
    find_pretended(give_up_calls([&](auto call) { return is_named(rule, call); }), rule.pointer,
                   findings);
  }
}

// ---- flags -------------------------------------------------------------------------------------

void unavailable_flags(const CheckContext& context, Findings& findings) {
  const NodeFacts& facts = context.facts;
  for (const std::string& flag : context.profile.flags) {
    const bool kernel_lacks_it = !facts.filter_flags.empty() && !facts.filter_flags.contains(flag);
    const bool runtime_lacks_it =
        facts.runtime.known && !facts.runtime.seccomp_flags.contains(flag);
    if (!kernel_lacks_it && !runtime_lacks_it) continue;
    findings.push_back({Severity::warning, "flag-unavailable", "/flags",
                        base::cat(kernel_lacks_it ? "this kernel" : "this runtime",
                                  " does not take ", base::quoted(flag)),
                        "leave the flag out: runc fails on it, crun loads the filter without it"});
  }
}

// ---- rules -------------------------------------------------------------------------------------

void rules_that_never_match(const CheckContext& context, Findings& findings) {
  for (const SyscallRule& rule : context.profile.syscalls) {
    const std::string why = contradiction(rule.args);
    if (why.empty()) continue;
    findings.push_back({Severity::warning, "rule-never-matches", rule.pointer,
                        base::cat("the rule can never match: ", why),
                        "correct the conditions, or remove the rule"});
  }
}

void repeated_argument_index(const CheckContext& context, Findings& findings) {
  for (const SyscallRule& rule : context.profile.syscalls) {
    const auto index = oci_config::repeated_index(rule.args);
    if (!index) continue;
    findings.push_back({Severity::warning, "repeated-argument-index", rule.pointer,
                        base::cat("several conditions look at argument ", *index,
                                  ": runc and crun take them as alternatives, the OCI "
                                  "specification as all to be met"),
                        "write one rule for each alternative, or one masked comparison"});
  }
}

// ---- starting ----------------------------------------------------------------------------------

std::vector<StartupGap> gaps_in(const CheckContext& context, const StartupNeed& need) {
  const auto permits = [&](std::string_view name) {
    return standing_of(context.profile, name).permitted;
  };
  return startup_gaps(need, permits, {.sometimes = false, .quote = ""});
}

bool is_row_for(const CheckContext& context, const StartupNeed& need) {
  if (need.stage != StartupStage::runtime) return false;
  if (need.no_new_privileges && *need.no_new_privileges != context.no_new_privileges) return false;
  return context.facts.runtime.family.empty() || need.id == context.facts.runtime.family;
}

// The table is measured with the versions that it names, so this is no error. Where the
// runtime is not known, it is told only when none that was measured could start.
void denies_runtime_needs(const CheckContext& context, Findings& findings) {
  Findings found;
  for (const StartupNeed& need : startup_needs(context.facts.native)) {
    if (!is_row_for(context, need)) continue;
    const auto gaps = gaps_in(context, need);
    if (gaps.empty() && context.facts.runtime.family.empty()) return;
    for (const StartupGap& gap : gaps) {
      found.push_back(
          {Severity::warning, std::string(kDeniesRuntimeNeeds), "/syscalls",
           base::cat(need.subject, gap.where, " needs, once the filter is loaded: ", gap.missing),
           "allow them, or the container does not reach its program"});
    }
  }
  findings.insert(findings.end(), found.begin(), found.end());
}

constexpr ProfileCheck kChecks[] = {
    {"action-among-names", "names of system calls that read as an action: crun's cache of filters",
     rule_names::actions_among_names},
    {"action-unavailable", "actions that this kernel does not know", unavailable_actions},
    {"default-action-allows", "a default action of SCMP_ACT_ALLOW", default_action_allows},
    {"default-action-logs", "a default action of SCMP_ACT_LOG", default_action_logs},
    {kDeniesRuntimeNeeds, "calls that this runtime makes between loading the filter and execve",
     denies_runtime_needs},
    {"errno-zero-for-privileges", "errno 0 for a call by which a runtime gives up privileges",
     denials_that_pretend_success},
    {"flag-unavailable", "flags that this kernel or runtime does not take", unavailable_flags},
    {"notify-without-listener", "SCMP_ACT_NOTIFY where nobody listens", notify_without_listener},
    {"old-name-key", "rules whose system call stands under Docker's old key",
     rule_names::old_name_keys},
    {"repeated-argument-index", "several conditions on one argument: runtimes differ",
     repeated_argument_index},
    {"rule-never-matches", "rules whose conditions contradict each other", rules_that_never_match},
    {"rule-without-names", "rules that name no system call", rule_names::rules_without_names},
    {"unknown-members", "members that runtimes ignore", unknown_members},
    {"unknown-syscall-names", "names that no architecture has; an error where a denial is lost",
     rule_names::unknown_syscall_names},
};

}  // namespace

std::span<const ProfileCheck> profile_checks() { return kChecks; }

std::vector<Finding> check_profile(const CheckContext& context) {
  Findings findings;
  for (const ProfileCheck& check : kChecks) check.run(context, findings);
  return findings;
}

}  // namespace bulkhead::policy
