// What a valid policy says that is probably not meant.
#pragma once

#include <string>
#include <vector>

#include "policy/settings/policy.h"

namespace bulkhead::cli {

// Sentences, each with the file and line that it is about: profiles that are in none of the
// directories, runtimes of which none can be executed, rules that another one hides, files of
// policy.d that are not read.
[[nodiscard]] std::vector<std::string> policy_warnings(const policy::Policy& policy);

}  // namespace bulkhead::cli
