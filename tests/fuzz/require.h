// What a fuzz entry may assume of a property: it holds, or the process ends for the fuzzer to see.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace bulkhead::fuzz {

inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

}  // namespace bulkhead::fuzz
