#include "cli/denials/allowing_edit.h"

#include <algorithm>
#include <ranges>

#include "base/json_writer.h"
#include "base/text.h"
#include "policy/checks/syscall_standing.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using oci_config::RemoveMember;
using oci_config::SeccompAction;
using oci_config::SeccompProfile;
using oci_config::SetMember;
using oci_config::SpecEdit;
using oci_config::SyscallRule;

bool names(const std::vector<std::string>& list, const std::string& name) {
  return std::ranges::find(list, name) != list.end();
}

bool allows_always(const SyscallRule& rule) {
  return rule.action.action == SeccompAction::allow && rule.args.empty() && rule.includes.empty() &&
         rule.excludes.empty() && !rule.names.empty();
}

bool denies(const SyscallRule& rule) {
  return !policy::takes_effect(rule.action.action) || rule.action.action == SeccompAction::log;
}

std::string new_rule(const std::vector<std::string>& syscalls) {
  base::JsonWriter rule;
  rule.begin_object();
  rule.strings("names", syscalls);
  rule.member("action", "SCMP_ACT_ALLOW");
  rule.end_object();
  return rule.take();
}

void allow(const SeccompProfile& document, const std::vector<std::string>& syscalls,
           SpecEdit& edit) {
  // Where everything else is allowed, taking it out of the rules is enough.
  if (syscalls.empty() || document.default_action.action == SeccompAction::allow) return;
  const auto rule = std::ranges::find_if(document.syscalls, allows_always);
  if (rule == document.syscalls.end()) {
    edit.operations.push_back(SetMember{"/syscalls/-", new_rule(syscalls)});
    return;
  }
  for (const std::string& name : syscalls) {
    edit.operations.push_back(SetMember{cat(rule->pointer, "/names/-"), base::json_string(name)});
  }
}

// Elements are named by their place, so the last goes first.
void take_names_out(const SyscallRule& rule, const std::vector<std::string>& syscalls,
                    SpecEdit& edit) {
  for (std::size_t i = rule.names.size(); i-- > 0;) {
    if (names(syscalls, rule.names[i])) {
      edit.operations.push_back(RemoveMember{cat(rule.pointer, "/names/", i)});
    }
  }
}

void take_denials_out(const SeccompProfile& document, const std::vector<std::string>& syscalls,
                      SpecEdit& edit) {
  for (const SyscallRule& rule : std::views::reverse(document.syscalls)) {
    if (!denies(rule) || rule.names.empty()) continue;
    const bool all = std::ranges::all_of(
        rule.names, [&](const std::string& name) { return names(syscalls, name); });
    if (all) {
      edit.operations.push_back(RemoveMember{rule.pointer});
    } else {
      take_names_out(rule, syscalls, edit);
    }
  }
}

// "SCMP_ARCH_X86" of "x86".
std::string document_name(const std::string& short_name) {
  std::string name = "SCMP_ARCH_";
  for (const char byte : short_name) {
    name += byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 'a' + 'A') : byte;
  }
  return name;
}

// In the dialect of engines an architecture stands beside the one whose kernel runs it.
std::string list_of_architectures(const SeccompProfile& document) {
  for (std::size_t i = 0; i < document.arch_map.size(); ++i) {
    if (document.arch_map[i].arch == oci_config::native_arch()) {
      return cat("/archMap/", i, "/subArchitectures/-");
    }
  }
  return "/architectures/-";
}

// A profile without a list means the machine's own: beside others it has to be named.
void list_architectures(const SeccompProfile& document, const std::vector<std::string>& wanted,
                        SpecEdit& edit) {
  std::vector<std::string> listed;
  const bool has_none = document.architectures.empty() && document.arch_map.empty();
  if (has_none && !wanted.empty()) listed.emplace_back(short_name(oci_config::native_arch()));
  listed.insert(listed.end(), wanted.begin(), wanted.end());
  for (const std::string& arch : listed) {
    edit.operations.push_back(
        SetMember{list_of_architectures(document), base::json_string(document_name(arch))});
  }
}

}  // namespace

SpecEdit allowing_edit(const SeccompProfile& document, const WantedCalls& wanted) {
  SpecEdit edit;
  list_architectures(document, wanted.architectures, edit);
  allow(document, wanted.syscalls, edit);
  take_denials_out(document, wanted.syscalls, edit);
  return edit;
}

}  // namespace bulkhead::cli
