// Runs a program and takes what it prints: for asking a runtime about itself, never for work.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace bulkhead::kernel {

struct ChildLimits {
  int timeout_ms = 5000;
  std::size_t max_bytes = 1 << 20;  // more is drained and dropped: `truncated`
};

struct ChildOutput {
  std::string standard_output;
  bool succeeded = false;  // ended by itself with exit code 0
  bool timed_out = false;  // killed, with its process group
  bool truncated = false;
};

// argv[0] is the path. stdin and stderr are /dev/null; the environment is passed on. A program that
// fails or hangs is an answer, not an error. Error (code runtime): it cannot be executed.
[[nodiscard]] base::Result<ChildOutput> child_output(const std::vector<std::string>& argv,
                                                     const ChildLimits& limits = {});

}  // namespace bulkhead::kernel
