// Asks this node for everything that a report tells.
#pragma once

#include <string>

#include "base/error.h"
#include "cli/frame/command.h"
#include "cli/report/node_report.h"

namespace bulkhead::cli {

// What cannot be told is in `unknown`, with why. `since` as RFC 3339, or empty. Errors: io, of the
// logs and records.
[[nodiscard]] base::Result<NodeReport> gather_report(const Environment& environment,
                                                     const std::string& since);

}  // namespace bulkhead::cli
