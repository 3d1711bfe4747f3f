// The fallback: our own RuntimeDefault. policy/runtime_default.json is the data, in the schema that
// Docker, containers-common and Kubernetes users know; docs/runtime-default.md lists and justifies
// each difference from the containers-common default of Debian 12.
#pragma once

#include <string_view>

#include "oci-config/seccomp_profile.h"
#include "policy/expand.h"

namespace bulkhead::policy {

// The document as it is compiled in.
[[nodiscard]] std::string_view runtime_default_json();

// The profile in the container-engine dialect.
[[nodiscard]] const oci_config::SeccompProfile& runtime_default();

// Expanded for one container; the fast path of the shim.
[[nodiscard]] oci_config::SeccompProfile runtime_default_for(const ExpandFor& container);

}  // namespace bulkhead::policy
