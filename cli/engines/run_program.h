// Another program, run to its end within a time: engines and systemctl, asked by install.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace bulkhead::cli {

struct ProgramResult {
  int exit_code = 0;   // 128 + N when signal N ended it
  std::string output;  // stdout and stderr, at most 64 KiB of them
};

// argv[0] is a path. Standard input is empty. Errors: runtime (it cannot be executed), kernel (it
// did not end in time, and was killed).
[[nodiscard]] base::Result<ProgramResult> run_program(const std::vector<std::string>& argv,
                                                      int timeout_ms);

}  // namespace bulkhead::cli
