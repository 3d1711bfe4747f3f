// The containers that have ended, as far as the log of events tells of them.
#pragma once

#include <string>
#include <vector>

#include "audit/events/event.h"
#include "audit/records/record.h"
#include "base/error.h"
#include "base/paths.h"

namespace bulkhead::cli {

// The newest event of each container that began and has no record any more, in the order in which
// they began. One that began again under its id is one. Error: io.
[[nodiscard]] base::Result<std::vector<audit::Event>> ended_containers(
    const base::Paths& paths, const std::vector<audit::ContainerRecord>& records);

}  // namespace bulkhead::cli
