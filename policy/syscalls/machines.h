// The machines that Bulkhead is built for, and what the core has to know of each. A profile may
// speak of other architectures as well (oci-config/seccomp_profile.h): those are no machines.
#pragma once

#include <cstdint>
#include <span>

#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

// The other architectures whose programs a machine's kernel runs, as of one that may have none.
[[nodiscard]] std::span<const oci_config::SeccompArch> also_runs(oci_config::SeccompArch native);

// Whether the calls of an architecture (AUDIT_ARCH_*), as a machine's kernel lets filters see them,
// have arguments whose high half is always zero. x32's have not.
[[nodiscard]] bool has_narrow_registers(std::uint32_t audit_arch);

}  // namespace bulkhead::policy
