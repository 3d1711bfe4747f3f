// That what a container, or a process that joins one, does is recorded from its first instruction:
// what the gate does for it beside its proof. Nothing here changes what is planned, decided or
// proved, and nothing fails: what cannot be had is a loss of the record.
#pragma once

#include <cstdint>
#include <string_view>

#include "admission/container_report.h"
#include "base/paths.h"
#include "kernel/gate/gate_order.h"

namespace bulkhead::admission {

enum class RecordedAs : std::uint8_t { first_process, joining };

// Where the plan says that it is recorded (Plan::record): the filter that stands beside, and the
// note with which the gate lets the program go (record/keeping/process_note.h). In the first run
// the kernel counts the calls, where it can; once a container of the record has ended, and where it
// cannot, the filter logs what the record does not have. Not in mode observe, not where no filter
// can be read back, and not of who joins a container that is not recorded itself.
void add_record(const HeldContainer& container, RecordedAs as, std::string_view door,
                const base::Paths& paths, kernel::GateOrder& order);

}  // namespace bulkhead::admission
