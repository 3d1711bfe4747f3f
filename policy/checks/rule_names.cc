#include "policy/checks/rule_names.h"

#include <algorithm>

#include "base/text.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy::rule_names {

using oci_config::SyscallRule;

namespace {

constexpr std::size_t kMaxNamesListed = 24;

std::string listed_quoted(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(base::quoted(name, 64));
  return listed(quoted);
}

// Quotes names, and says what may have been meant as long as somebody reads it: to find that costs
// as much as hundreds of look-ups.
class Suggestions {
 public:
  std::string with_suggestion(std::string_view name) {
    std::string text = base::quoted(name, 64);
    if (left_ == 0) return text;
    --left_;
    const auto near = nearest_syscall_name(name);
    return near ? base::cat(text, " (did you mean '", *near, "'?)") : text;
  }

 private:
  std::size_t left_ = 2 * kMaxNamesListed;
};

std::vector<std::string> unknown_names(const SyscallRule& rule, Suggestions& suggestions) {
  std::vector<std::string> unknown;
  for (const std::string& name : rule.names) {
    if (!is_syscall_name(name)) unknown.push_back(suggestions.with_suggestion(name));
  }
  return unknown;
}

// Whether a call that the rule is not applied to gets a milder answer than the rule's.
bool is_milder_without(const SyscallRule& rule, const CheckContext& context) {
  return rule.action.action < context.profile.default_action.action;
}

// crun keeps compiled filters under a hash of the profile's actions and names, strung together
// without separators. Names that read as actions, in one piece or in several, let two profiles have
// one key.
bool reads_as_action(const SyscallRule& rule) {
  const std::string names = base::join(rule.names, "");
  return names.contains("SCMP_") || names.starts_with("_PROCESS") || names.starts_with("_THREAD");
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  std::vector<std::string> shown(
      names.begin(),
      names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMaxNamesListed)));
  std::string text = base::join(shown, ", ");
  if (names.size() > shown.size()) text += base::cat(" and ", names.size() - shown.size(), " more");
  return text;
}

// Runtimes drop unknown names at debug level. Where nothing of a rule is left, the rule is not
// there at all, and a denial that its author wrote does not hold.
void unknown_syscall_names(const CheckContext& context, Findings& findings) {
  Suggestions suggestions;
  for (const SyscallRule& rule : context.profile.syscalls) {
    const auto unknown = unknown_names(rule, suggestions);
    if (unknown.empty()) continue;
    const bool all = unknown.size() == rule.names.size();
    const bool refuses = all && is_milder_without(rule, context);
    findings.push_back(
        {refuses ? Severity::error : Severity::warning, "unknown-syscall-names", rule.pointer,
         base::cat(all ? "every system call of the rule is unknown: " : "unknown system calls: ",
                   listed(unknown)),
         all ? "correct the names, or remove the rule: a runtime skips it silently"
             : "correct the names; a runtime skips them silently"});
  }
}

void rules_without_names(const CheckContext& context, Findings& findings) {
  for (const SyscallRule& rule : context.profile.syscalls) {
    if (!rule.names.empty() || !rule.old_name.empty()) continue;
    findings.push_back({Severity::warning, "rule-without-names", rule.pointer,
                        "the rule names no system call, so it does nothing", "remove the rule"});
  }
}

void old_name_keys(const CheckContext& context, Findings& findings) {
  for (const SyscallRule& rule : context.profile.syscalls) {
    if (rule.old_name.empty()) continue;
    const std::string name = base::quoted(rule.old_name, 64);
    findings.push_back(
        {Severity::error, "old-name-key", rule.pointer,
         base::cat("the rule for ", name,
                   " has the key 'name' of Docker's old form: runc applies it to nothing, crun "
                   "refuses it"),
         base::cat("write \"names\" with a list of ", name)});
  }
}

void actions_among_names(const CheckContext& context, Findings& findings) {
  for (const SyscallRule& rule : context.profile.syscalls) {
    if (!reads_as_action(rule)) continue;
    findings.push_back({Severity::error, "action-among-names", rule.pointer,
                        base::cat("the rule's names hold an action: ", listed_quoted(rule.names),
                                  "; crun could take the profile's filter for another's"),
                        "write the action into the rule's \"action\", and system calls into "
                        "\"names\""});
  }
}

}  // namespace bulkhead::policy::rule_names
