// Telling people: stderr, the engine's log, Bulkhead's own log. stdout belongs to the runtime.
#pragma once

#include "audit/events/event.h"
#include "base/error.h"
#include "base/paths.h"
#include "shim/command_line.h"

namespace bulkhead::shim {

// One line on stderr and in the engine's --log file, and the event. Failing to write a log is said
// on stderr and changes nothing. Returns the exit code for the error.
int report_refusal(const CommandLine& line, const base::Error& error, const audit::Event& event,
                   const base::Paths& paths);

// The event of a container that goes on. A log that cannot be written does not decide whether a
// container starts: one line on stderr says so.
void report_admission(const audit::Event& event, const base::Paths& paths);

}  // namespace bulkhead::shim
