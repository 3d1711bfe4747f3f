// What a process that joins a running container by `exec` is held against: the container's init as
// it is now, found by the namespaces that the process is in. No document is asked, so none can lie.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admission/container_report.h"
#include "audit/records/record.h"
#include "base/error.h"
#include "base/paths.h"
#include "kernel/gate/gate_order.h"

namespace bulkhead::admission {

// Adds to the order what the init holds: its filters, no_new_privs, and, unless the policy lets a
// process that joins have more (exec.capabilities), its bounding set. `program`
// is stopped at its exec event and traced by the caller. Where the record has the digest of the
// init's filters and the program's are the same, the init is not looked at; else it is stopped for
// some tens of microseconds, once. Errors (code kernel): no process of a container is found in
// these namespaces; the init cannot be read.
[[nodiscard]] base::Result<void> expect_as_init(pid_t program, const HeldContainer& container,
                                                const base::Paths& paths, kernel::GateOrder& order);

// The record of the container that the runtime will join, by its id and root; nothing where there
// is none. A hook, which knows no root, wrote one without. Errors (code refused): several are
// meant.
[[nodiscard]] base::Result<std::optional<audit::ContainerRecord>> record_to_join(
    const policy::Identity& identity, const base::Paths& paths);

// What the filter that a gate installed in the running container comes from ("runtime/default");
// empty where its record does not say that one did.
[[nodiscard]] std::string installed_by_gate(const audit::ContainerRecord& record);

// What the gate installs in a process that joins a container whose filters a gate installed and the
// runtime does not know: the same. Nothing where the runtime knows its filter, or no record tells
// which process the init is. Waits up to 2 seconds for a container that is about to begin. Errors
// (code kernel): it has not begun then, or the init cannot be read.
[[nodiscard]] base::Result<std::vector<kernel::Installation>> filters_to_join(
    const HeldContainer& container, const base::Paths& paths);

// One event of how the process that joined began.
void report_joined(const Voice& voice, const HeldContainer& container,
                   const kernel::GateOutcome& outcome);

}  // namespace bulkhead::admission
