#include "oci-config/merge_patch.h"

#include "base/text.h"

namespace bulkhead::oci_config {

namespace {

void add_members(std::optional<JsonValue> target, const JsonValue& patch,
                 const std::string& pointer, SpecEdit& edit) {
  for (auto member = patch.first(); member; member = member->next()) {
    const std::string at = base::cat(pointer, '/', pointer_token(member->key()));
    const auto inside =
        target && target->is(JsonType::object) ? target->member(member->key()) : std::nullopt;
    if (member->is(JsonType::null)) {
      edit.operations.push_back(RemoveMember{at});
    } else if (!member->is(JsonType::object)) {
      edit.operations.push_back(SetMember{at, std::string(member->raw())});
    } else {
      if (!inside || !inside->is(JsonType::object)) edit.operations.push_back(SetMember{at, "{}"});
      add_members(inside, *member, at, edit);
    }
  }
}

}  // namespace

SpecEdit merge_patch(const JsonDocument& document, const JsonValue& patch) {
  SpecEdit edit;
  add_members(document.root(), patch, "", edit);
  return edit;
}

}  // namespace bulkhead::oci_config
