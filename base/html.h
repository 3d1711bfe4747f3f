// Text in a page.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::base {

// For text and for the values of attributes in double or single quotes.
[[nodiscard]] std::string html_escaped(std::string_view text);

}  // namespace bulkhead::base
