// Lines of events.jsonl as the metrics count them, and names as labels: whatever the bytes are, the
// text has one line for each sample.
#include <cstddef>
#include <cstdint>
#include <string>

#include "audit/events/event_facts.h"
#include "audit/events/event_reader.h"
#include "audit/metrics/exposition.h"
#include "audit/metrics/metrics.h"
#include "base/utf8.h"
#include "tests/fuzz/require.h"

using namespace bulkhead;
using bulkhead::fuzz::require;

namespace {

std::size_t lines_of(const std::string& text) {
  std::size_t lines = 0;
  for (const char c : text) lines += c == '\n' ? 1 : 0;
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string label = audit::label_value(bytes);
  require(base::is_valid_utf8(label) && label.size() <= 253, "a label is valid and bounded");
  audit::Metrics metrics("0");
  const std::size_t before = lines_of(metrics.text());
  audit::Denial denial{.naming = audit::Naming::named, .action = "ERRNO"};
  denial.identity.pod = bytes;
  metrics.count_denial(denial, 0);
  require(lines_of(metrics.text()) == before + 1, "a name cannot break a line");
  if (const auto event = audit::parse_event(bytes)) {
    const std::string line = audit::to_json(*event, "");
    require(line.find('\n') == std::string::npos, "an event is one line");
    require(audit::parse_event(line).has_value(), "an event as it is written can be read");
  }
  if (const auto event = audit::parse_event_facts(bytes)) {
    metrics.count_event(*event);
    require(lines_of(metrics.text()) <= before + 2, "an event adds at most one series");
  }
  return 0;
}
