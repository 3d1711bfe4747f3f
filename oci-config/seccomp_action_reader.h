// Reading an action of a seccomp profile and its errno, which stand in members of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "oci-config/profile_members.h"

namespace bulkhead::oci_config {

// An action while its members are read, in whichever order they stand.
struct ActionDraft {
  std::optional<JsonValue> action_at;
  std::optional<JsonValue> errno_at;
  std::optional<SeccompAction> action;
  std::optional<std::uint16_t> errno_ret;
  std::optional<std::uint16_t> errno_by_name;
};

void read_action(const JsonValue& value, ActionDraft& draft, ProfileReading& reading);
void read_errno_ret(const JsonValue& value, ActionDraft& draft, ProfileReading& reading);
void read_errno_name(const JsonValue& value, ActionDraft& draft, ProfileReading& reading);

// The action, once all members of `object` are read; without one, `key` is what it lacks.
[[nodiscard]] ActionData finish_action(const ActionDraft& draft, const JsonValue& object,
                                       std::string_view key, ProfileReading& reading);

}  // namespace bulkhead::oci_config
