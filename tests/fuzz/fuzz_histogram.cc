// The kernel's histograms: whatever the bytes are, parsing neither crashes nor hangs, and every row
// has a number for each key.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/tracing/histogram.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tables = bulkhead::kernel::parse_histograms(
      std::string_view(reinterpret_cast<const char*>(data), size));
  if (!tables) return 0;
  for (const auto& table : *tables) {
    bulkhead::fuzz::require(!table.keys.empty(), "a histogram has keys");
    for (const auto& row : table.rows) {
      bulkhead::fuzz::require(row.keys.size() == table.keys.size(), "a row has all of them");
    }
  }
  return 0;
}
