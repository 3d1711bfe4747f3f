// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace bulkhead::base {

// Length of the valid sequence that text starts with, 1 to 4; 0 when there is none.
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text);

[[nodiscard]] bool is_valid_utf8(std::string_view text);

}  // namespace bulkhead::base
