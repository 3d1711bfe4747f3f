// What a command reads: a file, or standard input for "-".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace bulkhead::cli {

inline constexpr std::string_view kStandardInput = "-";

// "standard input" for "-", else the path.
[[nodiscard]] std::string described_input(const std::string& path);

// All of it. Errors: io, naming the file or standard input; also where it is larger than max_bytes.
[[nodiscard]] base::Result<std::string> read_input(const std::string& path, std::size_t max_bytes);

}  // namespace bulkhead::cli
