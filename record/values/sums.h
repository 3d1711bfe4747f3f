// How numbers of records are added up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace bulkhead::record {

// Stops at the largest number.
[[nodiscard]] inline std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
  return a > kLargest - b ? kLargest : a + b;
}

// Of two times, where 0 is "not known".
[[nodiscard]] inline std::uint64_t earlier_of(std::uint64_t a, std::uint64_t b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

}  // namespace bulkhead::record
