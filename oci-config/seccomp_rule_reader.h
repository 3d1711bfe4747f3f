// Reading one rule of a seccomp profile: its system calls, action, conditions, includes and
// excludes.
#pragma once

#include <string>

#include "oci-config/profile_members.h"

namespace bulkhead::oci_config {

// Adds the rule that stands at `pointer` to the profile.
void read_rule(const JsonValue& object, std::string pointer, ProfileReading& reading);

}  // namespace bulkhead::oci_config
