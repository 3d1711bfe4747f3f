// All cases on one runtime, several at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "conformance/values/case_files.h"
#include "conformance/values/result.h"

namespace bulkhead::conformance {

struct SuiteOptions {
  std::string runtime;  // its path
  std::string data;     // where base.json, cases and known lie
  std::string keep;     // where bundles of cases that did not pass stay; empty: nowhere
  unsigned jobs = 2;
  // Called from any thread, one at a time, when a case is done.
  std::function<void(std::size_t done, std::size_t all)> progress = {};
};

// Results in the order of the cases, with known differences applied. Errors: runtime (no such
// program, or one that cannot start the plainest container: what it says), io, invalid_input,
// kernel. Changes this process: it becomes the reaper of its descendants, and no descriptor of it
// is inherited any more,
// and SIGINT, SIGTERM and SIGHUP end it only when what it started is gone (code kernel).
[[nodiscard]] base::Result<RuntimeResults> run_suite(const CaseFiles& files,
                                                     const std::vector<Case>& cases,
                                                     const SuiteOptions& options);

}  // namespace bulkhead::conformance
