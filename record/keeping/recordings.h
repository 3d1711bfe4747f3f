// What is to be recorded beside what the policy's rules say: /etc/bulkhead/record.d/NAME.json, a
// policy document of one rule that `bulkhead record start` writes and `stop` removes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "policy/settings/policy.h"

namespace bulkhead::record {

[[nodiscard]] std::string recordings_directory(const base::Paths& paths);

// The document: {"version": 1, "rules": [{"name": …, "match": {…}, "record": …}]}.
[[nodiscard]] std::string recording_document(const policy::RuleMatch& match,
                                             const policy::RecordRequest& request);

// Errors: io; usage (the name).
[[nodiscard]] base::Result<void> write_recording(const base::Paths& paths,
                                                 const policy::RuleMatch& match,
                                                 const policy::RecordRequest& request);
// Whether there was one. Errors: io; usage (the name).
[[nodiscard]] base::Result<bool> remove_recording(const base::Paths& paths, std::string_view name);
// Names, sorted.
[[nodiscard]] std::vector<std::string> recordings(const base::Paths& paths);

// Takes the kernel's tables away where no recording is left. Those of a rule of the policy are made
// again at the next start. For who holds the lock, and only where no note is left. Errors: kernel.
[[nodiscard]] base::Result<void> stop_counting_unless_needed(const base::Paths& paths);

}  // namespace bulkhead::record
