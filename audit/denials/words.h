// The words of a line.
#pragma once

#include <string_view>

namespace bulkhead::audit {

[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

[[nodiscard]] inline std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t"));
}

}  // namespace bulkhead::audit
