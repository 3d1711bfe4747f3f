#include "policy/checks/expand.h"

#include <algorithm>

namespace bulkhead::policy {

namespace {

using oci_config::CapabilityMask;
using oci_config::RuleFilter;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

bool holds(CapabilityMask held, const std::string& capability) {
  const std::optional<unsigned> number = oci_config::capability_number(capability);
  return number && (held >> *number & 1) != 0;
}

bool names_arch(const std::vector<std::string>& arches, SeccompArch native) {
  return std::ranges::any_of(arches, [&](const std::string& arch) {
    return oci_config::seccomp_arch_from_go(arch) == native;
  });
}

// Every list that is given must match; of capabilities all, of architectures one.
bool included(const RuleFilter& includes, const ExpandFor& container) {
  if (!includes.arches.empty() && !names_arch(includes.arches, container.native)) return false;
  if (includes.min_kernel && container.kernel < *includes.min_kernel) return false;
  return std::ranges::all_of(includes.capabilities, [&](const std::string& capability) {
    return holds(container.capabilities, capability);
  });
}

// One match of any kind is enough, of capabilities too.
bool excluded(const RuleFilter& excludes, const ExpandFor& container) {
  if (names_arch(excludes.arches, container.native)) return true;
  if (excludes.min_kernel && container.kernel >= *excludes.min_kernel) return true;
  return std::ranges::any_of(excludes.capabilities, [&](const std::string& capability) {
    return holds(container.capabilities, capability);
  });
}

SyscallRule without_conditions(const SyscallRule& rule) {
  return {.names = rule.names,
          .old_name = rule.old_name,
          .action = rule.action,
          .args = rule.args,
          .pointer = rule.pointer};
}

void add_unique(std::vector<SeccompArch>& arches, SeccompArch arch) {
  if (std::ranges::find(arches, arch) == arches.end()) arches.push_back(arch);
}

std::vector<SeccompArch> architectures_for(const SeccompProfile& profile,
                                           const ExpandFor& container) {
  if (container.native_alone) return {container.native};
  std::vector<SeccompArch> arches = profile.architectures;
  const auto mapped =
      std::ranges::find(profile.arch_map, container.native, &oci_config::ArchMapEntry::arch);
  if (mapped == profile.arch_map.end()) return arches;
  add_unique(arches, container.native);
  for (const SeccompArch arch : mapped->sub_arches) add_unique(arches, arch);
  return arches;
}

}  // namespace

SeccompProfile expand(const SeccompProfile& profile, const ExpandFor& container) {
  if (profile.dialect == oci_config::ProfileDialect::oci) {
    SeccompProfile same = profile;
    if (container.native_alone) same.architectures = {container.native};
    return same;
  }
  SeccompProfile expanded{.dialect = oci_config::ProfileDialect::oci,
                          .default_action = profile.default_action,
                          .architectures = architectures_for(profile, container),
                          .flags = profile.flags,
                          .listener_path = profile.listener_path,
                          .listener_metadata = profile.listener_metadata,
                          .unknown_members = profile.unknown_members};
  for (const SyscallRule& rule : profile.syscalls) {
    if (!included(rule.includes, container) || excluded(rule.excludes, container)) continue;
    expanded.syscalls.push_back(without_conditions(rule));
  }
  return expanded;
}

std::vector<SeccompArch> other_architectures(const SeccompProfile& profile, SeccompArch native) {
  std::vector<SeccompArch> others = profile.architectures;
  std::erase(others, native);
  return others;
}

}  // namespace bulkhead::policy
