// What a plan and its proof come to in the container's record and in the event log.
#pragma once

#include <optional>
#include <string>

#include "admission/expectation.h"
#include "admission/voice.h"
#include "audit/events/event.h"
#include "audit/records/record.h"
#include "base/times.h"
#include "kernel/gate/gate_order.h"
#include "policy/decide/decide.h"
#include "policy/values/identity.h"

namespace bulkhead::admission {

struct HeldContainer {
  policy::Identity identity;
  policy::Plan plan;
  PlannedPrograms programs;
  pid_t init = 0;                               // 0: not known yet
  std::optional<audit::ContainerRecord> joins;  // of `exec`: the record as it was then, if any
  std::string bundle;
  std::string runtime;                    // path of the real one; empty where it is not known
  std::string stage;                      // "hook createRuntime"
  std::string decided = base::utc_now();  // nothing that is told of it later is older
};

// Of a container or process that ended before its program ran: what the decision found that is
// probably why, as "; …" behind the sentence of its event. Else empty.
[[nodiscard]] std::string why_it_ended(const policy::Plan& plan,
                                       const kernel::GateOutcome& outcome);

// Why what it does is not recorded, where it was to be, as "; …" behind the sentence of its event.
[[nodiscard]] std::string unrecorded(const kernel::GateOutcome& outcome);

// Why the kernel does not log what the filter denies, by what it showed at the proof; empty where
// it does.
[[nodiscard]] std::string why_unlogged(const HeldContainer& container,
                                       const kernel::GateOutcome& outcome);

[[nodiscard]] audit::ContainerRecord record_of(const HeldContainer& container);

// Writes the record, and notes in it where, or says that it cannot be written: it does not decide
// whether a container runs.
void write_first_record(const Voice& voice, audit::ContainerRecord& record);

// When it came to the outcome, and never before `earliest`: the node's clock may have been set
// back.
[[nodiscard]] std::string time_of(const kernel::GateOutcome& outcome, const std::string& earliest);

// Called in the gate's process once the program runs or the container is gone: replaces the record,
// remembers what an exact analysis accepted, and logs one event. Of a container that ended before
// its program ran nothing is kept.
void report_outcome(const Voice& voice, const HeldContainer& container,
                    audit::ContainerRecord record, const kernel::GateOutcome& outcome);

// Where an exact analysis found that the filters hold the plan's: the next process that holds the
// same is not analysed again.
void remember_analysed(const Voice& voice, const HeldContainer& container,
                       const kernel::GateOutcome& outcome);

// What report_outcome() tells, of an attempt that came to no process of a container, and so has no
// record: another container may run under that id.
void report_attempt(const Voice& voice, const HeldContainer& container,
                    const kernel::GateOutcome& outcome);

}  // namespace bulkhead::admission
