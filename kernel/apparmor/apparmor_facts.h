// Whether AppArmor confines anything here, and which profiles the kernel holds.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "policy/values/node_facts.h"

namespace bulkhead::kernel {

// The kernel's list, one "name (mode)" a line; the name may hold spaces and parentheses. A profile
// in a mode that this version does not know is left out: a container that names it is then refused
// as not loaded, instead of trusted. Error (code kernel): a line of another form.
[[nodiscard]] base::Result<policy::AppArmorFacts> parse_apparmor_profiles(std::string_view text);

// Whether this kernel was built without AppArmor, as far as sysfs tells: the cheapest answer there
// is. Where sysfs is not mounted it tells nothing.
[[nodiscard]] bool has_no_apparmor();

// Asks aa_is_enabled(2): attr/current is no answer, where AppArmor is off it shows other modules'
// labels. `list` is read only when it is enabled. Error (code kernel): enabled, but the list cannot
// be read (that takes CAP_MAC_ADMIN).
[[nodiscard]] base::Result<policy::AppArmorFacts> probe_apparmor(
    const std::string& list = "/sys/kernel/security/apparmor/profiles");

}  // namespace bulkhead::kernel
