// Changes to an OCI document that leave every other byte alone.
//
// A SpecEdit is a list of changes as values. apply() gives the new text: bytes outside the edited
// members stay as they were (unknown members, key order, white space, numbers, escapes). An
// inserted member follows the layout of its siblings. Applying the same edit twice gives the same
// bytes, and a change that is already so (structurally equal) changes nothing.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "oci-config/json.h"

namespace bulkhead::oci_config {

// Sets the member at `pointer` to `json`, which the caller guarantees to be valid compact JSON: it
// is read only where something stands to compare it with. Missing parent objects are created. A
// last token "-" (RFC 6901) appends to an array, creating it where it is missing, unless a
// structurally equal element is already in it.
struct SetMember {
  std::string pointer;
  std::string json;
  bool operator==(const SetMember&) const = default;
};

// Removes the member or element at `pointer`; one that is not there is no error. An element of an
// array is named by its place, so removing it twice removes two.
struct RemoveMember {
  std::string pointer;
  bool operator==(const RemoveMember&) const = default;
};

using EditOperation = std::variant<SetMember, RemoveMember>;

struct SpecEdit {
  std::vector<EditOperation> operations;  // applied in order
  [[nodiscard]] bool empty() const { return operations.empty(); }
  bool operator==(const SpecEdit&) const = default;
};

// Errors: invalid_input when a parent on the way is not an object (or array for "-"); internal when
// an operation's json was read and is not valid.
[[nodiscard]] base::Result<std::string> apply(const JsonDocument& document, const SpecEdit& edit);

}  // namespace bulkhead::oci_config
