// Where two texts differ, as people read it.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead::cli {

// A unified diff of two texts for people, with three lines of context; both are pretty-printed
// first where they hold everything on one line. Empty when they are equal.
[[nodiscard]] std::string readable_diff(std::string_view before, std::string_view after,
                                        std::string_view name);

// The same of the texts as they are, line by line; a last line that has no end is marked so.
[[nodiscard]] std::string exact_diff(std::string_view before, std::string_view after,
                                     std::string_view name);

}  // namespace bulkhead::cli
