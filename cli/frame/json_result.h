// What --json prints where a command has nothing of its own to say in that form.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/exit_codes.h"
#include "cli/screen/output.h"

namespace bulkhead::cli {

// {"error":{"code":…,"message":…,"remedy":…}}
void write_error_json(const base::Error& error, Output& output);

// {"exit_code":0,"lines":[…]}: what the command wrote for people.
void write_lines_json(base::ExitCode code, std::string_view text, Output& output);

}  // namespace bulkhead::cli
