// The moment that both doors lead to: the container's program is loaded, and no instruction of it
// has run.
//
//   (install what was not installed early) → observe → judge → let go | kill
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "kernel/gate/gate_order.h"
#include "kernel/gate/installer.h"
#include "kernel/tasks/task_status.h"

namespace bulkhead::kernel {

// `program` is traced by the caller and stopped at PTRACE_EVENT_EXEC. On return it is let go
// (proved, installed, differs), killed, or was killed by somebody else meanwhile (ended). `status`
// is what the caller has read since the stop, or null.
[[nodiscard]] GateOutcome prove_at_exec(pid_t program, const GateOrder& order, Installer& installer,
                                        const TaskStatus* status = nullptr);

// Kills it, and says why on its own stderr.
[[nodiscard]] GateOutcome kill_unproved(pid_t process, const GateOrder& order,
                                        std::string sentence);

// A traced task answers only while it is stopped; one that was killed meanwhile does not.
[[nodiscard]] bool is_still_stopped(pid_t task);

}  // namespace bulkhead::kernel
