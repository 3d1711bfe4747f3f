// What a profile would deny a container that runs under something else: a filter that stands beside
// what governs it, lets everything through and has the kernel log what the profile would not allow.
// Pure.
#pragma once

#include <string>

#include "base/error.h"
#include "policy/filter/filter.h"

namespace bulkhead::record {

// A record with one holds only calls that the profile would deny.
struct Trial {
  std::string profile;            // its file, as it was named
  policy::FilterProgram program;  // empty: no trial
  bool operator==(const Trial&) const = default;
};

// A filter that the kernel takes, and whose every answer is ALLOW or LOG: beside other filters it
// denies nothing, whoever wrote it.
[[nodiscard]] bool only_observes(const policy::FilterProgram& program);

// ALLOW where the program allows or logs, LOG where it answers anything else. Error: unsupported,
// for a program that computes its answers, as no compiler of profiles makes one.
[[nodiscard]] base::Result<policy::FilterProgram> observing(policy::FilterProgram program);

}  // namespace bulkhead::record
