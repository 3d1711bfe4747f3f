// refuse: the entry that precreate leaves in config.json where it must not start
// (rewrite_config.h).
#pragma once

#include <string_view>

#include "base/paths.h"

namespace bulkhead::hook {

// Says and logs `sentence`; returns the exit code of a refusal, whatever is on stdin.
[[nodiscard]] int refuse_container(std::string_view sentence, const base::Paths& paths);

}  // namespace bulkhead::hook
