// Where AppArmor's files lie on this node.
#pragma once

#include "base/error.h"
#include "cli/frame/command.h"
#include "kernel/apparmor/apparmor_places.h"
#include "policy/fallback/apparmor_default.h"

namespace bulkhead::cli {

// The places that the node's policy names. Errors: those of reading the policy.
[[nodiscard]] base::Result<kernel::AppArmorPlaces> apparmor_places_of(
    const Environment& environment);

// What the parser there knows, for a profile to be loaded on this node; AppArmor 3.0 where there is
// no parser. Errors: the same.
[[nodiscard]] base::Result<policy::AppArmorDialect> apparmor_dialect_of(
    const Environment& environment);

}  // namespace bulkhead::cli
