// Checks of a seccomp profile that has been read: a table of named checks, each of which looks at
// one thing. Errors refuse the container; warnings and notes are told.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "oci-config/seccomp_profile.h"
#include "policy/values/finding.h"
#include "policy/values/node_facts.h"

namespace bulkhead::policy {

// The check that also tells why a container ended before its program
// (admission/container_report.h).
inline constexpr std::string_view kDeniesRuntimeNeeds = "denies-runtime-needs";

struct CheckContext {
  const oci_config::SeccompProfile& profile;  // expanded for the container
  const NodeFacts& facts;
  bool no_new_privileges;
};

struct ProfileCheck {
  std::string_view id;    // "unknown-syscall-names"
  std::string_view help;  // one line for docs and `lint --help`
  void (*run)(const CheckContext& context, std::vector<Finding>& findings);
};

[[nodiscard]] std::span<const ProfileCheck> profile_checks();

[[nodiscard]] std::vector<Finding> check_profile(const CheckContext& context);

}  // namespace bulkhead::policy
