// Reading an object of a seccomp profile by a table of its members: each row has the key, the
// dialect it belongs to and the function that reads it. Then the readers that such tables share.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/text.h"
#include "oci-config/known_keys.h"
#include "oci-config/problems.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::oci_config {

// The profile as far as it is read, and what was found wrong with it.
struct ProfileReading {
  SeccompProfile profile;
  Problems problems;
};

template <class T>
struct Member {
  std::string_view key;
  ProfileDialect dialect;
  void (*read)(const JsonValue& value, T& into, ProfileReading& reading);
};

// Reads each known member of `object` that is not null. The rest is kept as unknown, by its
// pointer.
template <class T>
void read_members(const JsonValue& object, std::string_view pointer,
                  std::span<const Member<T>> known, T& into, ProfileReading& reading) {
  if (!reading.problems.took(object.expect(JsonType::object))) return;
  for (auto child = object.first(); child && !reading.problems.full(); child = child->next()) {
    const std::string_view key = child->key();
    const auto same = [&](const Member<T>& member) { return member.key == key; };
    const auto folded = [&](const Member<T>& member) { return equal_folded(key, member.key); };
    if (const auto row = std::ranges::find_if(known, same); row != known.end()) {
      if (row->dialect == ProfileDialect::container_engine) reading.profile.dialect = row->dialect;
      if (!child->is(JsonType::null)) row->read(*child, into, reading);
    } else if (const auto variant = std::ranges::find_if(known, folded); variant != known.end()) {
      add_case_problem(*child, variant->key, reading.problems);
    } else {
      reading.profile.unknown_members.push_back(base::cat(pointer, "/", pointer_token(key)));
    }
  }
}

// Calls read(element) for each element of an array.
template <class Read>
void read_elements(const JsonValue& array, ProfileReading& reading, Read read) {
  if (!reading.problems.took(array.expect(JsonType::array))) return;
  for (auto child = array.first(); child && !reading.problems.full(); child = child->next()) {
    read(*child);
  }
}

// Reads a name and translates it by `named`; a name that is unknown is a problem, with the one
// that was probably meant where the caller finds it.
template <class T>
std::optional<T> read_name(const JsonValue& value, ProfileReading& reading, std::string_view what,
                           std::optional<T> (*named)(std::string_view),
                           std::string_view (*probably)(std::string_view) = nullptr) {
  const auto name = reading.problems.take(value.read_string());
  if (!name) return std::nullopt;
  const auto known = named(*name);
  if (!known) {
    const std::string_view meant = probably == nullptr ? std::string_view() : probably(*name);
    reading.problems.add(value, base::cat("the ", what, " ", base::quoted(*name), " is unknown"),
                         meant.empty() ? std::string() : base::cat("did you mean ", meant, '?'));
  }
  return known;
}

inline void read_text(const JsonValue& value, std::string& into, ProfileReading& reading) {
  if (const auto text = reading.problems.take(value.read_string())) into = *text;
}

}  // namespace bulkhead::oci_config
