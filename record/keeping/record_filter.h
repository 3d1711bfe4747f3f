// The filter that stands beside whatever confines, so that the kernel logs calls for a record. It
// answers ALLOW and LOG alone: any stricter answer of another filter counts, and no call is denied
// or delayed by it but by what logging one costs.
#pragma once

#include <cstdint>
#include <set>

#include "policy/filter/filter.h"
#include "record/values/record.h"

namespace bulkhead::record {

// Where the kernel counts the calls (How::histogram) it cannot tell of which ABI they are: every
// call of another architecture than `native` (AUDIT_ARCH_*) is logged.
[[nodiscard]] policy::FilterProgram foreign_calls_filter(std::uint32_t native);

// Logs every call that is not known (How::log). The kernel loads no more than 4096 instructions;
// known calls for which there is no room are logged, too.
[[nodiscard]] policy::FilterProgram unknown_calls_filter(const std::set<CallKey>& known);

}  // namespace bulkhead::record
