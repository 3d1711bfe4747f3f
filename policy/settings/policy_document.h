// What the readers of policy documents share: findings, origins, and objects whose members are
// known. Internal to policy/settings/.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "oci-config/json.h"
#include "policy/settings/setting.h"

namespace bulkhead::policy {

// One document while it is read.
struct Reading {
  const std::string& file;
  std::string rule;                    // of the rule that is read; empty outside
  std::vector<std::string>& findings;  // of all documents

  void find(const oci_config::JsonValue& at, std::string_view what, std::string remedy = {}) {
    find(at.error(what, std::move(remedy)).error());
  }
  void find(const base::Error& error) { findings.push_back(error.sentence()); }

  // The value of a read_* call, or nothing with its error noted.
  template <class T>
  std::optional<T> take(base::Result<T> result) {
    if (result) return *std::move(result);
    find(result.error());
    return std::nullopt;
  }

  [[nodiscard]] Origin origin(const oci_config::JsonValue& value) const {
    return {.file = file, .pointer = value.pointer(), .line = value.line(), .rule = rule};
  }
};

// The members that an object may have, each read into the target.
template <class Target>
struct KeyReader {
  std::string_view key;
  void (*read)(const oci_config::JsonValue& value, Reading& reading, Target& target);
};

// "did you mean 'unset'?" or "known are: 'unset', 'floor'".
[[nodiscard]] std::string suggestion(std::string_view word,
                                     const std::vector<std::string_view>& known);

// Gives every member to `read`, which says whether it knew its key. What it did not know is a
// finding; `elsewhere` may know it and say where it belongs.
template <class Read, class Elsewhere>
void read_members(const oci_config::JsonValue& object, Reading& reading,
                  const std::vector<std::string_view>& known, Read read, Elsewhere elsewhere) {
  if (const auto checked = object.expect(oci_config::JsonType::object); !checked) {
    return reading.find(checked.error());
  }
  for (auto member = object.first(); member; member = member->next()) {
    if (read(*member)) continue;
    std::string remedy(elsewhere(member->key()));
    if (remedy.empty()) remedy = suggestion(member->key(), known);
    reading.find(*member, base::cat("unknown key ", base::quoted(member->key())),
                 std::move(remedy));
  }
}

inline std::string_view known_nowhere(std::string_view) { return {}; }

template <class Target>
std::vector<std::string_view> keys_of(std::span<const KeyReader<Target>> readers) {
  std::vector<std::string_view> keys;
  for (const KeyReader<Target>& row : readers) keys.push_back(row.key);
  return keys;
}

// The member by its row of the table; false where there is none.
template <class Target>
bool read_member(const oci_config::JsonValue& member, Reading& reading,
                 std::span<const KeyReader<Target>> keys, Target& target) {
  for (const KeyReader<Target>& row : keys) {
    if (row.key != member.key()) continue;
    row.read(member, reading, target);
    return true;
  }
  return false;
}

}  // namespace bulkhead::policy
