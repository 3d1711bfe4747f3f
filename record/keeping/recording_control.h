// Beginning and ending a recording: what `bulkhead record start`, `stop`, `rm` and `run` do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "policy/settings/policy.h"
#include "record/values/trial.h"

namespace bulkhead::record {

struct Begun {
  // What is worth knowing: why the kernel does not count calls itself, that nobody listens.
  std::vector<std::string> notes;
};

// From each next start of a container that matches. Errors: refused (it is recorded already), those
// of the store and of write_recording().
[[nodiscard]] base::Result<Begun> begin_recording(const base::Paths& paths,
                                                  const policy::RuleMatch& match,
                                                  const policy::RecordRequest& request);

// The same, of what the trial's profile would deny. Errors: those of begin_recording(); usage,
// where there is a record of that name already.
[[nodiscard]] base::Result<Begun> begin_trial(const base::Paths& paths,
                                              const policy::RuleMatch& match,
                                              const policy::RecordRequest& request, Trial trial);

// Waits for what is logged (log_turn.h) and collects a last time; what runs still is not recorded
// any further. Errors: usage (it was not
// begun by begin_recording()), io, invalid_input.
[[nodiscard]] base::Result<void> end_recording(const base::Paths& paths, std::string_view name);

// Errors: refused (it is being recorded), usage (there is none), io, invalid_input.
[[nodiscard]] base::Result<void> delete_record(const base::Paths& paths, std::string_view name);

}  // namespace bulkhead::record
