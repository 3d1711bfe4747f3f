#include "policy/fallback/runtime_default.h"

#include <algorithm>
#include <exception>

#include "base/text.h"
#include "policy/fallback/runtime_default_table.h"

namespace bulkhead::policy {

namespace {

using oci_config::ActionData;
using oci_config::ArgCondition;
using oci_config::KernelVersion;
using oci_config::SeccompAction;
using oci_config::SeccompArch;
using oci_config::SeccompOperator;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

#include "runtime_default_tables.inc"

constexpr std::string_view kDocument =
#include "runtime_default.inc"
    ;

std::uint32_t bit_of(SeccompArch arch) { return std::uint32_t{1} << static_cast<unsigned>(arch); }

// The same meaning as in expand.cc, over masks; a test compares both on the whole document.
bool included(const DefaultCondition& includes, const ExpandFor& container) {
  if (includes.arches != 0 && (includes.arches & bit_of(container.native)) == 0) return false;
  if (container.kernel < includes.min_kernel) return false;
  return (includes.capabilities & ~container.capabilities) == 0;
}

bool excluded(const DefaultCondition& excludes, const ExpandFor& container) {
  if ((excludes.arches & bit_of(container.native)) != 0) return true;
  if (excludes.min_kernel != KernelVersion{} && container.kernel >= excludes.min_kernel)
    return true;
  return (excludes.capabilities & container.capabilities) != 0;
}

bool applies(const DefaultRule& row, const ExpandFor& container) {
  return included(row.includes, container) && !excluded(row.excludes, container);
}

// The pointer is that of the expanded profile, as `bulkhead default` prints it and as it stands in
// config.json.
SyscallRule rule_of(const DefaultRule& row, std::size_t position) {
  return {.names = {row.names.begin(), row.names.end()},
          .action = row.action,
          .args = {row.args.begin(), row.args.end()},
          .pointer = base::cat("/syscalls/", position)};
}

std::vector<SeccompArch> architectures_for(const ExpandFor& container) {
  if (container.native_alone) return {container.native};
  const auto* const entry = std::ranges::find(kArches, container.native, &DefaultArches::native);
  if (entry == std::end(kArches)) return {};
  return {entry->all.begin(), entry->all.end()};
}

}  // namespace

std::string_view runtime_default_json() { return kDocument; }

const SeccompProfile& runtime_default() {
  static const SeccompProfile profile = [] {
    auto parsed = oci_config::parse_seccomp_profile(std::string(kDocument), "runtime_default.json");
    if (!parsed) std::terminate();  // the build parsed it to make the tables
    return *std::move(parsed);
  }();
  return profile;
}

SeccompProfile runtime_default_for(const ExpandFor& container) {
  SeccompProfile profile{.dialect = oci_config::ProfileDialect::oci,
                         .default_action = kDefaultAction,
                         .architectures = architectures_for(container)};
  profile.syscalls.reserve(std::size(kRules));
  for (const DefaultRule& row : kRules) {
    if (applies(row, container)) profile.syscalls.push_back(rule_of(row, profile.syscalls.size()));
  }
  return profile;
}

std::string runtime_default_oci_json(const ExpandFor& container,
                                     const std::vector<std::string>& flags) {
  constexpr std::size_t kLongest = std::size_t{16} << 10;  // the text with every rule is shorter
  std::string json = oci_config::to_oci_json({.dialect = oci_config::ProfileDialect::oci,
                                              .default_action = kDefaultAction,
                                              .architectures = architectures_for(container),
                                              .flags = flags});
  json.reserve(kLongest);
  json.back() = ',';
  json += "\"syscalls\":[";
  for (const DefaultRule& row : kRules) {
    if (!applies(row, container)) continue;
    json += row.oci_json;
    json += ',';
  }
  json.back() = ']';
  return json += '}';
}

}  // namespace bulkhead::policy
