// The fallback: our own RuntimeDefault. policy/fallback/runtime_default.json is the data, in the
// schema that Docker, containers-common and Kubernetes users know; docs/runtime-default.md lists
// and justifies what it denies that Debian 12's containers-common allows, and what it allows that
// some default of the field denies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "oci-config/seccomp_profile.h"
#include "policy/checks/expand.h"

namespace bulkhead::policy {

// The document as it is compiled in.
[[nodiscard]] std::string_view runtime_default_json();

// The profile in the container-engine dialect.
[[nodiscard]] const oci_config::SeccompProfile& runtime_default();

// Expanded for one container; the fast path of the shim.
[[nodiscard]] oci_config::SeccompProfile runtime_default_for(const ExpandFor& container);

// Exactly to_oci_json(runtime_default_for(container)) with these flags, put together from text that
// the build has made: writing the rules anew costs more than everything else of a decision.
[[nodiscard]] std::string runtime_default_oci_json(const ExpandFor& container,
                                                   const std::vector<std::string>& flags);

}  // namespace bulkhead::policy
