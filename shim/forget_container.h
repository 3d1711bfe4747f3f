// `delete` ends what a start began: the container's record goes with the container. The runtime is
// executed in place, so it is done before.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/paths.h"

namespace bulkhead::shim {

// Removes the record of each container that the words of a `delete` name, if its process is gone
// or, with --force or -f, is about to be: then only that below the runtime's root that the words
// name. `directory` is the caller's. Never fails: a record that stays is found to be stale later.
void forget_deleted(const std::vector<std::string>& words, std::string_view directory,
                    const base::Paths& paths);

}  // namespace bulkhead::shim
