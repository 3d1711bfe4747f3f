// Tables of names and what they stand for, looked up in both directions.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace bulkhead::oci_config {

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

// The first name of the value is the one that is written; empty when it has none.
template <class Value, std::size_t rows>
[[nodiscard]] constexpr std::string_view name_in(const Named<Value> (&table)[rows], Value value) {
  for (const Named<Value>& row : table) {
    if (row.value == value) return row.name;
  }
  return {};
}

template <class Value, std::size_t rows>
[[nodiscard]] constexpr std::optional<Value> value_in(const Named<Value> (&table)[rows],
                                                      std::string_view name) {
  for (const Named<Value>& row : table) {
    if (row.name == name) return row.value;
  }
  return std::nullopt;
}

}  // namespace bulkhead::oci_config
