// A case of conformance: read or refused with a sentence; what was read can be held against any
// report without looking beyond it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "conformance/values/case.h"
#include "conformance/values/match.h"
#include "tests/fuzz/require.h"

using namespace bulkhead;
using bulkhead::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto read = conformance::read_case(text, "area.case");
  if (!read) {
    require(read.error().code == base::ErrorCode::invalid_input, "the error is the document's");
    require(!read.error().message.empty(), "the error has a sentence");
    return 0;
  }
  require(!read->steps.empty(), "every case has steps");
  const auto seen = oci_config::JsonDocument::parse(R"({"status": {"Uid": "0"}, "list": [1]})", {});
  for (const auto& expected : {read->outside, read->hooks, read->inside}) {
    if (expected) (void)conformance::mismatch(*expected, seen->root());
  }
  return 0;
}
