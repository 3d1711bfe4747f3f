// Every exit code of every program of Bulkhead, once. `bulkhead --help`, docs/exit-codes.md and the
// man pages are checked against this table.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"

namespace bulkhead::base {

enum class ExitCode : int {
  ok = 0,          // done; for `check` and `verify`: confined; for `diff`: equal
  different = 1,   // a comparison or a check found a difference
  usage = 2,       // the command line cannot be understood
  refused = 3,     // the policy refuses the container
  bad_input = 4,   // a document is not valid
  policy = 5,      // the policy file is not valid or cannot be read
  runtime = 6,     // the OCI runtime is missing or cannot be executed
  system = 7,      // input/output, or the kernel refused or lacks something
  incomplete = 8,  // a record has losses: what is made of it may lack something
  internal = 70,   // a defect of Bulkhead (EX_SOFTWARE)
};

struct ExitCodeRow {
  ExitCode code;
  std::string_view name;
  std::string_view meaning;
};

[[nodiscard]] std::span<const ExitCodeRow> exit_code_table();
[[nodiscard]] ExitCode exit_code_for(ErrorCode code);

}  // namespace bulkhead::base
