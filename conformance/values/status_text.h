// Texts of /proc as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json_writer.h"

namespace bulkhead::conformance {

// Nothing, with errno, where it cannot be read.
[[nodiscard]] std::optional<std::string> read_proc_file(const std::string& path);

// White space as one space each, none at the ends.
[[nodiscard]] std::string squeezed(std::string_view text);

// "Key:\tvalue" a line, as members; white space within values is one space.
void write_status(std::string_view text, base::JsonWriter& report);

}  // namespace bulkhead::conformance
