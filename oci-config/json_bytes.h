// What must hold of the bytes of a document before they are read as JSON.
#pragma once

#include <string_view>

#include "base/error.h"
#include "oci-config/json.h"

namespace bulkhead::oci_config {

// Errors (invalid_input): longer than options.max_bytes, a byte order mark, a NUL byte, not UTF-8.
[[nodiscard]] base::Result<void> check_json_bytes(std::string_view text,
                                                  const ParseOptions& options);

}  // namespace bulkhead::oci_config
