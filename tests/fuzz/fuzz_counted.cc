// What was counted and taken out of the kernel's tables: reading fails by an error or gives counts
// that are written and read as the same ones, and to which counts can be added.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "record/keeping/counted.h"
#include "tests/fuzz/require.h"

using namespace bulkhead;
using namespace bulkhead::record;
using bulkhead::fuzz::require;

namespace {

ProcessNote note() { return {.record = "web", .pid = 10, .start_time = 7, .how = How::histogram}; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto counted =
      parse_counted(std::string(reinterpret_cast<const char*>(data), size), "counted");
  if (!counted) {
    require(!counted.error().sentence().empty(), "an error says something");
    return 0;
  }
  const auto again = parse_counted(to_json(*counted), "counted");
  require(again.has_value() && *again == *counted, "what was counted can be written");
  kernel::CallCounts tables;
  tables.calls.push_back({.task = 11, .number = 1, .count = 1});
  tables.forks.push_back({.parent = 10, .child = 11});
  const Counted sum = add_up(*counted, tables, {note()});
  const auto before = of_note(counted->calls, key_of(note()));
  const auto found = before.find(1);
  const std::uint64_t was = found == before.end() ? 0 : found->second;
  const bool is_anothers = counted->tasks.contains(11) && counted->tasks.at(11) != key_of(note());
  require(is_anothers || before.size() > kMostCalls ||
              of_note(sum.calls, key_of(note())).at(1) == was + 1,
          "what a child did is its container's");
  return 0;
}
