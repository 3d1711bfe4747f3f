#include "audit/events/event_facts.h"

#include <algorithm>
#include <utility>

#include "audit/events/event_reader.h"

namespace bulkhead::audit {

namespace {

std::vector<std::string> failed_checks_of(const Event& event) {
  std::vector<std::string> checks;
  for (const policy::Finding& finding : event.findings) {
    if (finding.severity != policy::Severity::error) continue;
    if (std::ranges::find(checks, finding.check) == checks.end()) checks.push_back(finding.check);
  }
  return checks;
}

}  // namespace

base::Result<EventFacts> parse_event_facts(std::string line) {
  auto event = parse_event(std::move(line));
  if (!event) return std::unexpected(std::move(event.error()));
  return EventFacts{event->kind, std::move(event->stage), failed_checks_of(*event)};
}

}  // namespace bulkhead::audit
