// The alarm: what a container did that the record did not have. One event (audit/events/event.h) of
// a container for all that one collection brought, and none of a call ever again, for the record
// has it then.
#pragma once

#include <vector>

#include "audit/events/event.h"
#include "record/values/record.h"

namespace bulkhead::record {

// Of containers that began when another of the record had ended: until then all of it is new. A
// trial raises none; its calls are no news but the answer. Pure.
[[nodiscard]] std::vector<audit::Event> new_call_events(const Record& before, const Record& after);

}  // namespace bulkhead::record
