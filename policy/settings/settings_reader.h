// Reads what a document says into settings, by the rows of the table. Internal to policy/settings/.
#pragma once

#include <string_view>
#include <vector>

#include "policy/settings/policy.h"
#include "policy/settings/policy_document.h"

namespace bulkhead::policy {

// The member `member` of a document or a rule, where it is a setting or a section of settings;
// false where it is neither.
[[nodiscard]] bool read_settings(const oci_config::JsonValue& member, Reading& reading,
                                 NodeSettings& settings);
[[nodiscard]] bool read_settings(const oci_config::JsonValue& member, Reading& reading,
                                 GlobalSettings& settings);
[[nodiscard]] bool read_settings(const oci_config::JsonValue& member, Reading& reading,
                                 SettingsOverride& settings);

// What may stand in a document, beside "version" and "rules", and in a rule.
[[nodiscard]] std::vector<std::string_view> keys_of_documents();
[[nodiscard]] std::vector<std::string_view> keys_of_rules();

// Where a key belongs that a document may not have but its rules may; else empty.
[[nodiscard]] std::string_view belongs_to_rules(std::string_view key);

}  // namespace bulkhead::policy
