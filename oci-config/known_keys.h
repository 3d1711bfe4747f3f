// The keys that the OCI runtime spec (1.0 to 1.2) knows for the objects that Bulkhead reads.
//
// Go's decoder (runc, containerd, CRI-O, Podman) takes a key for a known one when the two are equal
// under Unicode simple folding (encoding/json, "preferring exact matches"); crun and youki do not.
// A key that is such a variant of a known one makes two programs see two different containers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "oci-config/json.h"
#include "oci-config/problems.h"

namespace bulkhead::oci_config {

enum class SpecObject : std::uint8_t {
  config,
  process,
  user,
  capabilities,
  root,
  hooks,
  hook,
  linux_section,
  linux_namespace,
};

[[nodiscard]] std::span<const std::string_view> known_keys(SpecObject object);

// Equal under simple folding: ASCII letters without regard to case, U+017F as s, U+212A as k.
[[nodiscard]] bool equal_folded(std::string_view key, std::string_view known);

// A problem for a key that differs from `known` only in case, naming both.
void add_case_problem(const JsonValue& member, std::string_view known, Problems& problems);

// A problem for each key of `object` that differs from a known one only in case. Keys that are
// unknown altogether are fine.
void check_key_case(const JsonValue& object, SpecObject kind, Problems& problems);

}  // namespace bulkhead::oci_config
