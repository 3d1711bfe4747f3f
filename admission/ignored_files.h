// Files beside the node's policy that have no effect (Policy::ignored), for those who tell of them.
#pragma once

#include <string>
#include <vector>

#include "base/paths.h"

namespace bulkhead::admission {

// Those of /etc/bulkhead/record.d that cannot be understood; the directory itself where that cannot
// be read. No container's start depends on them.
[[nodiscard]] std::vector<std::string> ignored_recordings(const base::Paths& paths);

// What is wrong with one: its name, or what it says. Reads it again.
[[nodiscard]] std::string why_ignored(const std::string& path);

}  // namespace bulkhead::admission
