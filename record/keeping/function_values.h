// Values of arguments that no event of a native call shows: the flags of clone3, which lie in
// memory, and those of 32-bit calls. What reached the kernel's function in which such calls end
// (kernel::kOfFunction) is counted; what the native calls account for is taken off it. Pure.
#pragma once

#include <cstdint>

#include "record/keeping/counted.h"
#include "record/values/record.h"

namespace bulkhead::record {

// What is left is the values of the one call that is left, once they are as many as it was made.
// Where several are left, or some of them cannot be told (socketcall's), nothing is set, and the
// values are missing. For a container whose calls are set already.
void set_function_values(RecordedContainer& container, const ArgumentCounts& counted,
                         std::uint32_t native);

}  // namespace bulkhead::record
