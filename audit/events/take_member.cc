#include "audit/events/take_member.h"

namespace bulkhead::audit {

using base::Result;
using oci_config::JsonValue;

Result<void> take_text(const JsonValue& object, std::string_view key, std::string& into) {
  const auto member = object.member(key);
  if (!member) return {};
  const auto text = member->read_string();
  if (!text) return std::unexpected(text.error());
  into = std::string(*text);
  return {};
}

Result<void> take_boolean(const JsonValue& object, std::string_view key, bool& into) {
  const auto member = object.member(key);
  if (!member) return {};
  const auto boolean = member->read_boolean();
  if (!boolean) return std::unexpected(boolean.error());
  into = *boolean;
  return {};
}

}  // namespace bulkhead::audit
