// Records that somebody else may have written: reading fails by an error with a place or gives a
// record within its bounds, and what it gives is written and read as the same one.
#include <cstddef>
#include <cstdint>
#include <string>

#include "record/record_json.h"
#include "tests/fuzz/require.h"

using namespace bulkhead::record;
using bulkhead::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto record =
      parse_record(std::string(reinterpret_cast<const char*>(data), size), "record");
  if (!record) {
    require(record.error().message.starts_with("record"), "an error names the document");
    return 0;
  }
  require(record->containers.size() <= kMostContainers && entries_of(*record) <= kMostEntries,
          "a record is bounded");
  const auto again = parse_record(to_json(*record), "record");
  require(again.has_value() && *again == *record, "a record that was read can be written");
  require(merge(*record, *again) == *record, "merging a record with itself changes nothing");
  return 0;
}
