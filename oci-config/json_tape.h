// Inside of JsonDocument: what the files that check, build and walk it share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "oci-config/json.h"

namespace bulkhead::oci_config {

// One value. Node 0 is the root; a container's first child, if it has one, is the node after it.
struct JsonDocument::Node {
  static constexpr std::uint32_t kNone =
      0;  // the root is nobody's sibling, child or decoded string

  Span span;
  Span key;                       // with its quotes; {0,0} in arrays and at the root
  std::uint32_t parent = kNone;   // the root's parent is the root itself
  std::uint32_t next = kNone;     // the next sibling
  std::uint32_t size = 0;         // members or elements
  std::uint32_t decoded = kNone;  // 1 + index into decoded_, when the string holds escapes
  std::uint32_t decoded_key = kNone;
  JsonType type = JsonType::null;
};

// "config.json: /linux (line 3)", fit for a terminal: an untrusted pointer is quoted where needed.
[[nodiscard]] std::string place_in(std::string_view described, std::string_view pointer,
                                   unsigned line);

}  // namespace bulkhead::oci_config
