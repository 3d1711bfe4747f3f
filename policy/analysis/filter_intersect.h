// The intersection of two profiles: everywhere the stricter of both answers. It is what two stacked
// filters do in the kernel, as one profile where the rules of a profile can say it. The order of
// actions is that of SeccompAction, and of the Kubernetes proposal for baseline profiles
// (KEP-6061).
//
// docs/how-the-analysis-works.md: "Two profiles as one".
#pragma once

#include <optional>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

// Both profiles expanded. Nothing where it cannot be said exactly (two conditions on one argument
// that no single one can replace, an answer other than the default where no rule holds, two
// listeners), or only with more work than kMaxSteps: then both filters have to be installed. What
// is returned has been compared with both profiles for every call; where both give the same action,
// either's errno may stand. Errors: those of decision_of.
[[nodiscard]] base::Result<std::optional<oci_config::SeccompProfile>> intersect(
    const oci_config::SeccompProfile& a, const oci_config::SeccompProfile& b,
    oci_config::SeccompArch native);

}  // namespace bulkhead::policy
