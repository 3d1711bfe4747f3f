// What a plan and its proof come to in the container's record and in the event log.
#pragma once

#include <string>

#include "admission/expectation.h"
#include "audit/events/event.h"
#include "audit/records/record.h"
#include "base/paths.h"
#include "kernel/gate/gate.h"
#include "policy/decide/decide.h"
#include "policy/values/identity.h"

namespace bulkhead::hook {

struct HeldContainer {
  policy::Identity identity;
  policy::Plan plan;
  admission::PlannedPrograms programs;
  pid_t init = 0;
  std::string bundle;
  std::string stage;  // "hook createRuntime"
};

[[nodiscard]] audit::ContainerRecord record_of(const HeldContainer& container);

// Writes the record, or says that it cannot be written: it does not decide whether a container
// runs.
void write_first_record(const base::Paths& paths, const audit::ContainerRecord& record);

// Called in the gate's process once the program runs or the container is gone: replaces the record,
// remembers what an exact analysis accepted, and logs one event. Of a container that ended before
// its program ran nothing is kept.
void report_outcome(const base::Paths& paths, const HeldContainer& container,
                    audit::ContainerRecord record, const kernel::GateOutcome& outcome);

}  // namespace bulkhead::hook
