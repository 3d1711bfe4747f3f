// Accesses as a part of a record's document (record_json.h).
#pragma once

#include "base/error.h"
#include "base/json_writer.h"
#include "oci-config/json.h"
#include "record/values/access.h"

namespace bulkhead::record {

// The member "accesses"; none where there are none. A text that is no UTF-8, or has control
// characters, is written in hexadecimal under its key with "_hex", as the kernel does.
void write_accesses(base::JsonWriter& json, const Accesses& accesses);

// Error: invalid_input, with pointer and line.
[[nodiscard]] base::Result<void> take_accesses(const oci_config::JsonValue& object,
                                               Accesses& accesses);

}  // namespace bulkhead::record
