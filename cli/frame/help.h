// The texts of --help, made from the table of commands and the table of exit codes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/frame/command.h"

namespace bulkhead::cli {

using Commands = std::vector<std::unique_ptr<Command>>;

[[nodiscard]] std::string overview(const Commands& commands, const Output& output);
[[nodiscard]] std::string help_of(Command& command, const Output& output);
[[nodiscard]] std::string exit_code_help(const Output& output);

}  // namespace bulkhead::cli
