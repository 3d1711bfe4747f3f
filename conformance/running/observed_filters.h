// Installed filters against the meaning of the profile that was asked for.
#pragma once

#include "conformance/running/observation.h"

namespace bulkhead::conformance {

// Exact: for every call, architecture and argument. `meaning` is "equal", "none" where nothing is
// installed, "unasked" where a filter is but no profile was asked for, "newer" where it is equal
// but for ENOSYS to calls that are newer than all that the profile names, or "different" with a
// witness. Errors: kernel, unsupported (the analysis has bounds).
[[nodiscard]] base::Result<void> write_filters(const Observed& of,
                                               const oci_config::JsonValue& wanted,
                                               base::JsonWriter& json);

}  // namespace bulkhead::conformance
