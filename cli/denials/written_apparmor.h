// `bulkhead denials --suggest --write FILE` of AppArmor's denials: the profile's file, with the
// rules that would allow them, and what loads it.
#pragma once

#include "base/error.h"
#include "cli/denials/denial_suggestion.h"
#include "cli/denials/written_profile.h"
#include "cli/frame/command.h"

namespace bulkhead::cli {

// Whether FILE, or --profile, is meant for AppArmor: nothing else was denied, or it holds no JSON.
[[nodiscard]] bool is_for_apparmor(const Suggestion& suggestion, const WriteRequest& request);

// Prints the change, what it opens, and what puts it in force. Errors: usage, when no file defines
// the profile (the rules to add are the remedy), several do, or FILE is there and is another one;
// invalid_input, in the parser's own words, when the changed text does not compile; io.
[[nodiscard]] base::Result<void> write_apparmor(const Suggestion& suggestion,
                                                const WriteRequest& request,
                                                Environment& environment);

}  // namespace bulkhead::cli
