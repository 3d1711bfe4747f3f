// The operations of an edit as patches of one document's text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "oci-config/json.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::oci_config {

using Tokens = std::vector<std::string>;  // of a JSON pointer, decoded

// The new text after all operations, each at the pointer of the same index in `tokens`. Nothing
// when they turn out to depend on each other. Errors: those of apply().
[[nodiscard]] base::Result<std::optional<std::string>> apply_together(
    const JsonDocument& document, const SpecEdit& edit, const std::vector<Tokens>& tokens);

}  // namespace bulkhead::oci_config
