// Members of a JSON object into the fields of what audit/ reads again: records, the watcher's
// state. A member that is not there keeps what the field holds, since another version may leave one
// out; one of another type or out of range is an error (invalid_input) at its place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "oci-config/json.h"

namespace bulkhead::audit {

[[nodiscard]] base::Result<void> take_text(const oci_config::JsonValue& object,
                                           std::string_view key, std::string& into);
[[nodiscard]] base::Result<void> take_boolean(const oci_config::JsonValue& object,
                                              std::string_view key, bool& into);

template <class Number>
[[nodiscard]] base::Result<void> take_number(const oci_config::JsonValue& object,
                                             std::string_view key, Number& into) {
  const auto member = object.member(key);
  if (!member) return {};
  const auto number =
      member->read_unsigned(static_cast<std::uint64_t>(std::numeric_limits<Number>::max()));
  if (!number) return std::unexpected(number.error());
  into = static_cast<Number>(*number);
  return {};
}

// The value that name_of() calls so.
template <class Enum, std::size_t N>
[[nodiscard]] std::optional<Enum> value_named(std::string_view name,
                                              const std::array<Enum, N>& values) {
  for (const Enum value : values) {
    if (name_of(value) == name) return value;
  }
  return std::nullopt;
}

}  // namespace bulkhead::audit
