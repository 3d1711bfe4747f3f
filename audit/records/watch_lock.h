// One watcher on a node: two would log every denial twice.
#pragma once

#include <string>

#include "base/error.h"
#include "base/paths.h"
#include "base/unique_fd.h"

namespace bulkhead::audit {

// Held while the descriptor is open. Errors: io; refused, when another watcher runs.
[[nodiscard]] base::Result<base::UniqueFd> lock_watch(const base::Paths& paths);
[[nodiscard]] bool is_watched(const base::Paths& paths);

// Where the record of a container that ended goes while somebody watches: a container may live for
// less time than it takes to read its record, and its denials still want a name. The watcher
// removes what is there.
[[nodiscard]] std::string ended_records_directory(const base::Paths& paths);
// Moves the record there. False: nobody watches, or it cannot be moved; the caller removes it.
[[nodiscard]] bool hand_to_watcher(const base::Paths& paths, const std::string& record_path,
                                   const std::string& name);

}  // namespace bulkhead::audit
