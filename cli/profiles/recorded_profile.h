// A profile made of a record, and what a person is told of it on standard error.
#pragma once

#include <string>

#include "base/error.h"
#include "cli/screen/output.h"
#include "oci-config/runtime_spec.h"
#include "record/profiles/profile.h"
#include "record/profiles/profile_document.h"
#include "record/values/record.h"

namespace bulkhead::cli {

// For the machine that the record is of: its architecture, the kernel of its last container, or
// this machine's where none is known. `root` is put in front of /sys. Error: kernel.
[[nodiscard]] base::Result<record::ProfileRequest> request_for(
    const record::Record& record, oci_config::CapabilityMask capabilities, const std::string& root);

// The document. Writes how it was made, what of the record it does not allow, and the comparison
// with the fallback in two lines. Errors: those of make_profile and compare_with_fallback.
[[nodiscard]] base::Result<std::string> told_profile(const record::Record& record,
                                                     const record::ProfileRequest& request,
                                                     record::ProfileFormat format, Output& errors);

}  // namespace bulkhead::cli
