// Notes of processes under record: reading fails by an error that names the document or gives a
// note of a record that can be named, and what it gives is written and read as the same one.
#include <cstddef>
#include <cstdint>
#include <string>

#include "record/keeping/process_note.h"
#include "tests/fuzz/require.h"

using namespace bulkhead::record;
using bulkhead::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto note = parse_note(std::string(reinterpret_cast<const char*>(data), size), "note");
  if (!note) {
    require(!note.error().sentence().empty(), "an error says something");
    return 0;
  }
  require(check_name(note->record).has_value(), "a note's record can be named");
  require(!key_of(*note).starts_with('.') && note->pid >= 0, "a note has a process");
  const auto again = parse_note(to_json(*note), "note");
  // Names that are longer than any engine's are left out where it is written.
  require(again.has_value() && key_of(*again) == key_of(*note), "a note can be written");
  require(to_json(*again) == to_json(*note), "and says the same when it is read");
  return 0;
}
