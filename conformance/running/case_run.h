// One case on one runtime: its bundle is made, its steps are taken, and what is seen is held
// against what the case expects.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "conformance/values/case_files.h"
#include "conformance/values/result.h"

namespace bulkhead::conformance {

// Where cases run.
struct TestBed {
  std::string runtime;    // its path
  std::string directory;  // bundles lie below it, each with the runtime's state for it
  std::string probe;      // this program, copied there
  std::string holder;     // the process id of one in namespaces of its own; empty: there is none
  bool rootless = false;
  bool keep = false;  // leave the bundles of cases that did not pass
};

// Errors: what keeps the case from being tried at all (io, a case that its base does not allow). A
// runtime that fails, hangs or lies is a result. After it the container is gone, whatever happened.
// Thread-safe for different ids.
[[nodiscard]] base::Result<CaseResult> run_case(const Case& one, const CaseFiles& files,
                                                const TestBed& bed, const std::string& id);

}  // namespace bulkhead::conformance
