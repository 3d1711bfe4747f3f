// What the watcher listens to.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/paths.h"
#include "kernel/probes/audit_socket.h"
#include "kernel/tasks/process_events.h"
#include "watch/record_changes.h"

namespace bulkhead::watch {

struct Sources {
  kernel::ProcessEvents processes;
  kernel::AuditSocket records;
  RecordChanges changes;
};

// Opens them in the order in which nothing is missed. Errors: kernel, io.
[[nodiscard]] base::Result<Sources> open_sources(const base::Paths& paths);

// Raises the kernel's backlog limit where it is lower; one without a limit stays so. Error: kernel.
[[nodiscard]] base::Result<void> raise_backlog_limit(std::uint32_t limit);

}  // namespace bulkhead::watch
