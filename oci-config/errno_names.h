// errno values by name, as container engines' seccomp profiles write them ("EPERM").
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace bulkhead::oci_config {

[[nodiscard]] std::optional<std::uint16_t> errno_named(std::string_view name);
[[nodiscard]] std::string_view errno_name(std::uint16_t number);  // "" where none is known

}  // namespace bulkhead::oci_config
