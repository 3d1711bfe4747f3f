// A record of what the denial log says: for those who let a container run under a profile that logs
// (SCMP_ACT_LOG, AppArmor's complain mode) and have only that. Pure.
//
// What such a profile allows is not logged, so the record is whole only where everything was; who
// makes the profile is to know that. Lines that tell of what was lost become losses of the record.
#pragma once

#include "audit/denials/denial.h"
#include "record/values/record.h"

namespace bulkhead::record {

// A call that was let through counts as made, one that was not as denied; an access of AppArmor's
// that was denied adds nothing.
void add_logged(Record& record, const audit::Denial& denial);

}  // namespace bulkhead::record
