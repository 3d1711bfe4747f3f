// The texts of --help, made from the table of commands and the table of exit codes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/frame/command.h"
#include "cli/frame/find_command.h"

namespace bulkhead::cli {

// "bulkhead check [OPTIONS] BUNDLE"
[[nodiscard]] std::string usage_of(Command& command);
[[nodiscard]] std::string overview(const Commands& commands, const Output& output);
// With the commands of its group, where it is one as well.
[[nodiscard]] std::string help_of(Command& command, const Commands& commands, const Output& output);
[[nodiscard]] std::string group_help(const Commands& commands, const std::string& group,
                                     const Output& output);
[[nodiscard]] std::string exit_code_help(const Output& output);

}  // namespace bulkhead::cli
