// "1 note", "2 notes": how many of what.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bulkhead::base {

// `more` where an "s" does not make several of one.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one,
                                  std::string_view more = {});

}  // namespace bulkhead::base
