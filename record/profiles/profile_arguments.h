// Conditions from the values that a record has seen of arguments: families of sockets, flags of
// clone, options of prctl, requests of ioctl. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"
#include "record/values/record.h"

namespace bulkhead::record {

// The expanded profile, where a call whose every value is in the record takes no others: the exact
// intersection of both. A call of which values are missing, or more than kMostConditions were seen,
// stays as it is, which a note tells. Errors: those of policy::intersect.
[[nodiscard]] base::Result<oci_config::SeccompProfile> with_arguments(
    const Record& record, const oci_config::SeccompProfile& profile, oci_config::SeccompArch native,
    std::vector<std::string>& notes);

}  // namespace bulkhead::record
