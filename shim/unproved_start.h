// A start that no gate holds, since the policy asks for no proof or trusts the runtime unproved:
// its record, so that `bulkhead ps` lists the container, as unproved.
//
// Which process is the container's, only the pid file says that the engine asked for (containerd
// and conmon ask for one). Where it asked for none there is no record. What the file says is the
// runtime's word, as everything is of such a container.
#pragma once

#include "admission/container_report.h"
#include "admission/voice.h"
#include "shim/command_line.h"

namespace bulkhead::shim {

[[nodiscard]] bool starts_unproved(const CommandLine& line, const policy::Plan& plan);

// Leaves a process that waits for the pid file of the runtime that this process becomes, writes the
// record and ends; it ends without one when the runtime has ended, or none came within a minute.
// After it, nothing is to be done here but execve(2). A record that cannot be had decides nothing.
void record_unproved(admission::HeldContainer container, const CommandLine& line,
                     const admission::Voice& voice);

}  // namespace bulkhead::shim
