// What the readers of a record's document share: each member known, each element in its place.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "audit/events/take_member.h"
#include "base/text.h"
#include "oci-config/json.h"
#include "record/values/record_fields.h"

namespace bulkhead::record {

using Keys = std::initializer_list<std::string_view>;

// The value is an object with no other members than these and those of the tables.
template <class... Tables>
base::Result<void> expect_members(const oci_config::JsonValue& value, Keys keys,
                                  const Tables&... tables) {
  if (auto object = value.expect(oci_config::JsonType::object); !object) return object;
  for (auto member = value.first(); member; member = member->next()) {
    [[maybe_unused]] const auto is_this = [&](const auto& row) { return row.key == member->key(); };
    const bool known = std::ranges::find(keys, member->key()) != keys.end() ||
                       (std::ranges::any_of(tables, is_this) || ...);
    if (!known) return member->error("a record has no such member");
  }
  return {};
}

inline base::Result<void> expect_present(const oci_config::JsonValue& object, Keys keys) {
  for (const std::string_view key : keys) {
    if (!object.member(key)) return object.error(base::cat("the member \"", key, "\" is missing"));
  }
  return {};
}

inline base::Result<void> take_bounded(const oci_config::JsonValue& object, std::string_view key,
                                       std::string& into, std::size_t most = kMaxTextBytes) {
  if (auto taken = audit::take_text(object, key, into); !taken) return taken;
  if (into.size() <= most) return {};
  return object.error(base::cat("\"", key, "\" is longer than ", most, " bytes"));
}

template <class Owner, class Value, std::size_t N>
base::Result<void> take_numbers(const oci_config::JsonValue& object, Owner& owner,
                                const std::array<Field<Owner, Value>, N>& fields) {
  for (const auto& field : fields) {
    if (auto taken = audit::take_number(object, field.key, owner.*field.member); !taken)
      return taken;
  }
  return {};
}

// Each element of the array under that key, if there is one; at most that many.
template <class Take>
base::Result<void> for_each_element(const oci_config::JsonValue& object, std::string_view key,
                                    std::size_t most, const Take& take) {
  const auto list = object.member(key);
  if (!list) return {};
  if (auto array = list->expect(oci_config::JsonType::array); !array) return array;
  if (list->size() > most) return list->error(base::cat("more than ", most, " elements"));
  for (auto element = list->first(); element; element = element->next()) {
    if (auto taken = take(*element); !taken) return taken;
  }
  return {};
}

// Puts it behind all that are there: each key once and in order, so that one record has one text.
template <class Map>
base::Result<void> append(const oci_config::JsonValue& at, Map& map, typename Map::key_type key,
                          typename Map::mapped_type value) {
  if (!map.empty() && !(map.rbegin()->first < key)) {
    return at.error("elements are to be sorted, each of them once");
  }
  map.emplace_hint(map.end(), std::move(key), std::move(value));
  return {};
}

}  // namespace bulkhead::record
