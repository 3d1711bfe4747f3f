// What --log and --log-format of a command line name.
#pragma once

#include "admission/engine_log.h"
#include "shim/command_line.h"

namespace bulkhead::shim {

// crun takes "file:PATH", "syslog:NAME" (no name: the container's id) and "journald:" (whose field
// ID is that id), and writes plain lines; every other runtime takes a path. A log of a kind that
// crun does not know is crun's to refuse.
[[nodiscard]] admission::EngineLog engine_log_of(const CommandLine& line);

}  // namespace bulkhead::shim
