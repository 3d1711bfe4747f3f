// Pasted lines: whatever they are, reading them neither crashes nor hangs, and what is taken for a
// record is one line that the reader of records takes or refuses.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/denials/kernel_record.h"
#include "audit/denials/pasted_record.h"
#include "tests/fuzz/require.h"

using namespace bulkhead::audit;
using bulkhead::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto record = pasted_record(line);
  if (!record) return 0;
  require(stamp_of(record->text).has_value(), "a record has a stamp");
  require(record->text.size() <= 3 * line.size() + 64,
          "a record is no longer than its line spelled out");
  (void)parse_kernel_record(record->type, record->text);
  return 0;
}
