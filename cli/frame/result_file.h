// Where a command puts its result: the file that is asked for, or standard output.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/frame/command.h"

namespace bulkhead::cli {

// Replaces the file whole; nothing stands for standard output. Error: io.
[[nodiscard]] base::Result<void> write_result(const std::string& file, std::string_view text,
                                              Environment& environment);

}  // namespace bulkhead::cli
