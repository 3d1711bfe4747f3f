// What a valid policy says that is probably not meant.
#pragma once

#include <string>
#include <vector>

#include "kernel/apparmor/apparmor_places.h"
#include "policy/settings/policy.h"

namespace bulkhead::cli {

// Sentences, each with the file and line that it is about: profiles that are not there or that
// others than root may write, runtimes that cannot be executed, files of a mode that the node would
// not accept, rules that change nothing, files of policy.d and record.d that are
// ignored.
[[nodiscard]] std::vector<std::string> policy_warnings(const policy::Policy& policy,
                                                       const kernel::AppArmorPlaces& places);

}  // namespace bulkhead::cli
