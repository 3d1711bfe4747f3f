// Conditions from the values that a record has seen of arguments: families of sockets, flags of
// clone, options of prctl, requests of ioctl. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"
#include "record/values/record.h"

namespace bulkhead::record {

// Whether clone can do all that was recorded of clone3. No filter reads the flags of clone3, which
// lie in memory; where it is answered with ENOSYS, C libraries use clone.
[[nodiscard]] bool clone_can_stand_in(const Record& record);

// The expanded profile, where a call whose every value is in the record takes no others: the exact
// intersection of both. A call of which values are missing, or more than kMostConditions were seen,
// stays as it is, which a note tells. Where clone can stand in for clone3 it takes the flags of
// both, and clone3 is answered with ENOSYS. Errors: those of policy::intersect.
[[nodiscard]] base::Result<oci_config::SeccompProfile> with_arguments(
    const Record& record, const oci_config::SeccompProfile& profile, oci_config::SeccompArch native,
    std::vector<std::string>& notes);

}  // namespace bulkhead::record
