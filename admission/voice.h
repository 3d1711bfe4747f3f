// Where Bulkhead speaks while a container starts: one line on stderr, which runc shows to people;
// the runtime log that the engine named, which containerd and CRI-O show; one event in Bulkhead's
// own log. stdout belongs to the runtime. A log that cannot be written is said once, and decides
// nothing.
#pragma once

#include <string>
#include <string_view>

#include "admission/engine_log.h"
#include "audit/events/event.h"
#include "base/paths.h"

namespace bulkhead::admission {

struct Voice {
  std::string_view program;  // in front of every sentence: "bulkhead", "bulkhead-hook"
  base::Paths paths;
  EngineLog engine_log = {};
};

// "bulkhead-hook: <sentence>\n" on stderr.
void say(const Voice& voice, std::string_view sentence);

// The same, and one line in the engine's log.
void say_to_engine(const Voice& voice, std::string_view sentence);

void log_event(const Voice& voice, const audit::Event& event);

}  // namespace bulkhead::admission
