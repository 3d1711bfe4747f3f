// Whether the AppArmor profile that confines a container allows what one that records beside it has
// seen. What it denies did not take place, and a plain `deny` leaves no record of that, so the
// kernel is asked.
#pragma once

#include <string>

#include "base/error.h"
#include "kernel/apparmor/apparmor_places.h"
#include "record/values/access.h"

namespace bulkhead::record {

// As the kernel holds the profile now. True of what no rule is made of (a mount, what AppArmor has
// no rule for). Errors: unsupported, where the kernel cannot be asked; invalid_input: no such
// profile is loaded.
[[nodiscard]] base::Result<bool> governing_allows(const std::string& profile, const Access& access,
                                                  const kernel::AppArmorPlaces& places);

}  // namespace bulkhead::record
