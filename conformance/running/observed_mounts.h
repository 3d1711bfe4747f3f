// A process's mounts, and the files of its control groups.
#pragma once

#include "conformance/running/observation.h"

namespace bulkhead::conformance {

// The uppermost mount at each place, of those that `wanted` names.
[[nodiscard]] base::Result<void> write_mounts(const Observed& of,
                                              const oci_config::JsonValue& wanted,
                                              base::JsonWriter& json);

// Files by name, "pids.max": looked for in the hierarchy of that controller (cgroup v1), else in
// the unified one. What is not there is left out.
[[nodiscard]] base::Result<void> write_cgroup(const Observed& of,
                                              const oci_config::JsonValue& wanted,
                                              base::JsonWriter& json);

}  // namespace bulkhead::conformance
