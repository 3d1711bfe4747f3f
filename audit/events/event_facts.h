// What a line of events.jsonl tells a counter: which kind of event, at which stage, and for which
// checks a container was refused. docs/events.md describes the line.
#pragma once

#include <string>
#include <vector>

#include "audit/events/event.h"
#include "base/error.h"

namespace bulkhead::audit {

struct EventFacts {
  EventKind kind = EventKind::admitted;
  std::string stage;                       // "shim create"; empty where the line has none
  std::vector<std::string> failed_checks;  // of findings that are errors, each once
};

// Unknown members are ignored. Error: invalid_input, for what is no event.
[[nodiscard]] base::Result<EventFacts> parse_event_facts(std::string line);

}  // namespace bulkhead::audit
