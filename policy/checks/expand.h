// From the profile schema of container engines to what a runtime takes: includes, excludes, archMap
// and minKernel are resolved for one container, as containers/common and moby do it.
#pragma once

#include "oci-config/runtime_spec.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

struct ExpandFor {
  oci_config::CapabilityMask capabilities = 0;  // the container's bounding set
  oci_config::SeccompArch native = oci_config::SeccompArch::x86_64;
  oci_config::KernelVersion kernel;
};

// A profile of the OCI dialect comes back unchanged.
[[nodiscard]] oci_config::SeccompProfile expand(const oci_config::SeccompProfile& profile,
                                                const ExpandFor& container);

}  // namespace bulkhead::policy
