#include "policy/checks/recent_denials.h"

#include <algorithm>
#include <iterator>

#include "policy/syscalls/syscalls.h"

namespace bulkhead::policy {

using oci_config::SeccompAction;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

std::vector<std::string_view> recent_denials_of(const SyscallRule& rule,
                                                SeccompAction default_action) {
  std::vector<std::string_view> names;
  if (rule.action.action >= default_action) return names;
  std::ranges::copy_if(rule.names, std::back_inserter(names), is_recent_call);
  return names;
}

std::vector<std::string> recent_denials(const SeccompProfile& expanded) {
  std::vector<std::string> names;
  for (const SyscallRule& rule : expanded.syscalls) {
    for (const std::string_view name : recent_denials_of(rule, expanded.default_action.action)) {
      if (std::ranges::find(names, name) == names.end()) names.emplace_back(name);
    }
  }
  return names;
}

}  // namespace bulkhead::policy
