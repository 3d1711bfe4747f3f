// Where AppArmor's files lie on this node.
#pragma once

#include "base/error.h"
#include "cli/frame/command.h"
#include "kernel/apparmor/apparmor_places.h"

namespace bulkhead::cli {

// The places that the node's policy names. Errors: those of reading the policy.
[[nodiscard]] base::Result<kernel::AppArmorPlaces> apparmor_places_of(
    const Environment& environment);

}  // namespace bulkhead::cli
