// Where the hook speaks: one line on stderr (runc shows it to people), one event in the log.
#pragma once

#include <string>
#include <string_view>

#include "audit/events/event.h"
#include "base/error.h"
#include "base/paths.h"

namespace bulkhead::hook {

// "bulkhead-hook: <sentence>\n".
void say(std::string_view sentence);

// Appends the event; a log that cannot be written is said, and decides nothing.
void log_event(const base::Paths& paths, const audit::Event& event);

// Says and logs a refusal; returns the exit code for it.
[[nodiscard]] int refuse(const base::Paths& paths, const base::Error& error,
                         const audit::Event& event);

}  // namespace bulkhead::hook
