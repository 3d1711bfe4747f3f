// `bulkhead denials --suggest --write FILE`: the profile that was in force, with what was denied
// allowed, and what puts it in force.
#pragma once

#include <string>

#include "base/error.h"
#include "cli/denials/denial_suggestion.h"
#include "cli/frame/command.h"

namespace bulkhead::cli {

struct WriteRequest {
  std::string file;     // where to; may be the profile itself
  std::string profile;  // the file of the profile, where the log does not tell; or empty
};

// Prints the change, what it opens, and what puts it in force. Errors: usage, when there is nothing
// to write, the profile is not known, or the file is there and is another one; io; invalid_input,
// when it is no profile.
[[nodiscard]] base::Result<void> write_profile(const Suggestion& suggestion,
                                               const WriteRequest& request,
                                               Environment& environment);

}  // namespace bulkhead::cli
