// From the profile schema of container engines to what a runtime takes: includes, excludes, archMap
// and minKernel are resolved for one container, as containers/common and moby do it.
#pragma once

#include <vector>

#include "oci-config/runtime_spec.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

struct ExpandFor {
  oci_config::CapabilityMask capabilities = 0;  // the container's bounding set
  oci_config::SeccompArch native = oci_config::SeccompArch::x86_64;
  oci_config::KernelVersion kernel;
  bool native_alone = false;  // no other architecture is listed (seccomp.architectures)
};

// A profile of the OCI dialect comes back unchanged, but for `native_alone`.
[[nodiscard]] oci_config::SeccompProfile expand(const oci_config::SeccompProfile& profile,
                                                const ExpandFor& container);

// The architectures beside the machine's own that a profile lists. A filter has the machine's own,
// listed or not.
[[nodiscard]] std::vector<oci_config::SeccompArch> other_architectures(
    const oci_config::SeccompProfile& profile, oci_config::SeccompArch native);

}  // namespace bulkhead::policy
