// The smallest config.json that shows what a case found.
#pragma once

#include <chrono>
#include <string>

#include "conformance/running/case_run.h"

namespace bulkhead::conformance {

using Deadline = std::chrono::steady_clock::time_point;

// Takes members and elements out of a case's config.json, one after the other, for as long as it
// fails with the same reasons. The smallest bundle stands where `found`'s was; what the case found
// does not change. The program, its user, the root and the namespaces stay: a container without
// them would act on the node. A list of more than 32 elements goes whole or not at all, and nothing
// is tried after the deadline. Takes `found` from run_case() with TestBed::keep.
[[nodiscard]] CaseResult with_smallest_bundle(const Case& one, const CaseFiles& files,
                                              const TestBed& bed, CaseResult found,
                                              Deadline deadline);

}  // namespace bulkhead::conformance
