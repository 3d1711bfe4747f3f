// Where in a text something stands, as people count lines.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace bulkhead::base {

// The number of the line that holds this byte; the first is 1.
[[nodiscard]] inline unsigned line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<unsigned>(std::ranges::count(text.substr(0, offset), '\n'));
}

}  // namespace bulkhead::base
