// One function for each kind of value that a setting may have: what stands in the document, or
// nothing with the finding noted. Internal to policy/settings/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oci-config/json.h"
#include "policy/settings/metrics_address.h"
#include "policy/settings/policy_document.h"
#include "policy/settings/setting.h"
#include "policy/values/record_request.h"

namespace bulkhead::policy {

// Every enumerator, in the order of their numbers from 0.
template <class T>
std::vector<T> choices_of() {
  std::vector<T> choices;
  for (std::uint8_t number = 0; !name_of(static_cast<T>(number)).empty(); ++number) {
    choices.push_back(static_cast<T>(number));
  }
  return choices;
}

// One of the named values of an enum.
template <class T>
std::optional<T> read_choice(const oci_config::JsonValue& value, Reading& reading) {
  const auto text = reading.take(value.read_string());
  if (!text) return std::nullopt;
  std::vector<std::string_view> names;
  for (const T choice : choices_of<T>()) {
    if (name_of(choice) == *text) return choice;
    names.push_back(name_of(choice));
  }
  reading.find(value, base::cat("unknown value ", base::quoted(*text)), suggestion(*text, names));
  return std::nullopt;
}

// One line of text that says something.
std::optional<std::string> read_line(const oci_config::JsonValue& value, Reading& reading);

using oci_config::JsonValue;
using Strings = std::vector<std::string>;

std::optional<ProfileRef> read_seccomp_profile(const JsonValue& value, Reading& reading);
std::optional<ProfileRef> read_apparmor_profile(const JsonValue& value, Reading& reading);
std::optional<SeccompFloor> read_floor(const JsonValue& value, Reading& reading);
std::optional<LogDenials> read_log_denials(const JsonValue& value, Reading& reading);
std::optional<Strings> read_capabilities(const JsonValue& value, Reading& reading);
std::optional<Strings> read_denied_calls(const JsonValue& value, Reading& reading);
std::optional<Strings> read_annotation_keys(const JsonValue& value, Reading& reading);
std::optional<Strings> read_roots(const JsonValue& value, Reading& reading);
std::optional<Strings> read_runtimes(const JsonValue& value, Reading& reading);
std::optional<std::vector<TrustedRuntime>> read_trusted_runtimes(const JsonValue& value,
                                                                 Reading& reading);
std::optional<std::optional<MetricsAddress>> read_metrics_address(const JsonValue& value,
                                                                  Reading& reading);
std::optional<BacklogLimit> read_backlog_limit(const JsonValue& value, Reading& reading);
std::optional<RecordRequest> read_record_request(const JsonValue& value, Reading& reading);

}  // namespace bulkhead::policy
