// What the readers of policy documents share: findings, origins, and objects read by tables of
// keys. Internal to policy_reader.cc and policy_settings.cc.
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
#include "policy/settings/policy.h"

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

template <class Target>
struct KeyReader {
  std::string_view key;
  void (*read)(const oci_config::JsonValue& value, Reading& reading, Target& target);
};

// "did you mean 'unset'?" or "known are: 'unset', 'floor'".
[[nodiscard]] std::string suggestion(std::string_view word,
                                     const std::vector<std::string_view>& known);

// Reads every member by its row of the table. A member without a row is a finding; `elsewhere` may
// know it and say where it belongs.
template <class Target>
void read_members(const oci_config::JsonValue& object, Reading& reading,
                  std::span<const KeyReader<Target>> keys, Target& target,
                  std::string_view (*elsewhere)(std::string_view key) = nullptr) {
  if (const auto checked = object.expect(oci_config::JsonType::object); !checked) {
    return reading.find(checked.error());
  }
  std::vector<std::string_view> known;
  for (const auto& row : keys) known.push_back(row.key);
  for (auto member = object.first(); member; member = member->next()) {
    const KeyReader<Target>* row = nullptr;
    for (const auto& candidate : keys) {
      if (candidate.key == member->key()) row = &candidate;
    }
    if (row != nullptr) {
      row->read(*member, reading, target);
      continue;
    }
    std::string remedy(elsewhere != nullptr ? elsewhere(member->key()) : std::string_view());
    if (remedy.empty()) remedy = suggestion(member->key(), known);
    reading.find(*member, base::cat("unknown key ", base::quoted(member->key())),
                 std::move(remedy));
  }
}

// One of the named values of an enum.
template <class T>
std::optional<T> read_choice(const oci_config::JsonValue& value, Reading& reading,
                             std::span<const T> choices) {
  const auto text = reading.take(value.read_string());
  if (!text) return std::nullopt;
  std::vector<std::string_view> names;
  for (const T choice : choices) {
    if (name_of(choice) == *text) return choice;
    names.push_back(name_of(choice));
  }
  reading.find(value, base::cat("unknown value ", base::quoted(*text)), suggestion(*text, names));
  return std::nullopt;
}

// The settings sections "seccomp", "apparmor", "process" at the top level, and with "annotations"
// and the keys that name a profile in a rule.
[[nodiscard]] std::span<const KeyReader<SettingsOverride>> global_sections();
[[nodiscard]] std::span<const KeyReader<SettingsOverride>> rule_sections();

}  // namespace bulkhead::policy
