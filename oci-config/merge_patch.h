// JSON Merge Patch (RFC 7386) as an edit of a document: members of the patch replace those of the
// document, null removes, objects go on inside. Bytes that it does not name stay as they are.
#pragma once

#include "oci-config/json.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::oci_config {

// The edit that apply() takes for `document`. Of a patch that is no object the document would
// become the patch, which is no edit: the caller has checked that it is one.
[[nodiscard]] SpecEdit merge_patch(const JsonDocument& document, const JsonValue& patch);

}  // namespace bulkhead::oci_config
