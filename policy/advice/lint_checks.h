// What `bulkhead lint` tells of a profile beyond the checks that govern a start (profile_checks.h).
//
// Nothing here refuses a container: severity error means that the profile cannot do its work.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "oci-config/runtime_spec.h"
#include "oci-config/seccomp_profile.h"
#include "oci-config/spec_edit.h"
#include "policy/checks/profile_checks.h"
#include "policy/values/finding.h"
#include "policy/values/node_facts.h"

namespace bulkhead::policy {

// The check of keys that only some engines understand.
inline constexpr std::string_view kEngineDialect = "engine-dialect";

// Checks of the expanded profile; CheckContext::no_new_privileges is not looked at, since a profile
// serves containers of both kinds.
[[nodiscard]] std::span<const ProfileCheck> lint_checks();
// Checks of the document as it was written: dialect, conditions.
[[nodiscard]] std::span<const ProfileCheck> document_checks();

// All three tables over one document; each (check, pointer, message) once, errors first. Of one
// check and severity a hundred, and then a finding that says how many more there are.
[[nodiscard]] std::vector<Finding> lint(const oci_config::SeccompProfile& document,
                                        const NodeFacts& facts,
                                        oci_config::CapabilityMask capabilities);

// Who starts under a profile, of the runtimes and programs of policy/checks/startup_needs.h.
struct Starters {
  bool measured = true;  // false: not on this machine's architecture, and nothing is said
  // Some runtime starts a container with no_new_privileges, and some program reaches main().
  bool some = true;
  std::vector<std::string> not_these;  // "runc", "crun without no_new_privileges", "glibc-dynamic"
};
[[nodiscard]] Starters starters(const oci_config::SeccompProfile& document, const NodeFacts& facts,
                                oci_config::CapabilityMask capabilities);

// The repairs that are safe to make: what every program needs to start is allowed, and calls that
// are newer than the profile answer ENOSYS, so that programs fall back to older ones. Nothing that
// a profile denies by a rule becomes allowed. Empty when there is nothing to repair.
[[nodiscard]] oci_config::SpecEdit safe_repairs(const oci_config::SeccompProfile& document,
                                                const NodeFacts& facts,
                                                oci_config::CapabilityMask capabilities);

}  // namespace bulkhead::policy
