// Bytes as hexadecimal digits, two for each, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bulkhead::base {

enum class HexCase : std::uint8_t { lower, upper };

[[nodiscard]] std::string hex_of(std::string_view bytes, HexCase letters);

// Nothing for an odd number of digits, and for one that is none of that case.
[[nodiscard]] std::optional<std::string> bytes_of_hex(std::string_view digits, HexCase letters);

}  // namespace bulkhead::base
