// A command of the runtime under test, run to its end within a time. A runtime that hangs is killed
// with every process that it started.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/error.h"

namespace bulkhead::conformance {

struct CommandLine {
  std::vector<std::string> words;  // the first is a path
  std::string directory;           // where it runs
  int input = -1;                  // -1: /dev/null
  int output = -1;                 // -1: into `errors` as well
  std::string errors;              // a file that both are appended to
  std::vector<int> descriptors;    // open in it under these numbers: /dev/null
};

struct CommandEnd {
  int exit_code = 0;   // 128 + N when signal N ended it
  bool hung = false;   // it was killed
  std::string errors;  // what it wrote to the file
};

inline constexpr int kCommandBound_ms = 10'000;

// Errors: runtime (it cannot be executed), kernel.
[[nodiscard]] base::Result<CommandEnd> run_command(const CommandLine& command,
                                                   int bound_ms = kCommandBound_ms);

// Waits for the end of a process that may be a child of this one; -1 when that does not come in
// time, else its exit code, 128 + N for a signal, or 0 where it is nobody's child here.
[[nodiscard]] int wait_for_end(pid_t process, int bound_ms);

}  // namespace bulkhead::conformance
