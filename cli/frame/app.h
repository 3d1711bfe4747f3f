// From argv to a command that runs: the only file that knows CLI11.
#pragma once

#include <string>
#include <vector>

#include "base/exit_codes.h"
#include "cli/frame/command.h"
#include "cli/screen/output.h"

namespace bulkhead::cli {

// Parses the arguments (without argv[0]), runs the command and writes what it says: results to
// `output`, errors to `errors`. A word that is no command is answered with the nearest one. With
// --json a failure is one JSON object {"error":{…}} on `output` as well.
[[nodiscard]] base::ExitCode run(const std::vector<std::string>& arguments, Output& output,
                                 Output& errors, const base::Paths& paths = {},
                                 const std::string& root = {});

}  // namespace bulkhead::cli
