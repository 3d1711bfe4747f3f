#include "policy/values/identity_json.h"

namespace bulkhead::policy {

std::size_t write_identity_texts(base::JsonWriter& json, const Identity& identity) {
  std::size_t too_long = 0;
  for (const auto& [key, member] : kIdentityTexts) {
    if (!json.member_within(key, identity.*member, kMaxIdentityTextBytes)) ++too_long;
  }
  return too_long;
}

std::size_t write_identity(base::JsonWriter& json, const Identity& identity) {
  json.member("engine", name_of(identity.engine));
  return write_identity_texts(json, identity);
}

void write_whole_identity(base::JsonWriter& json, const Identity& identity) {
  json.member("engine", name_of(identity.engine));
  json.member("kind", identity.kind == ContainerKind::sandbox ? "sandbox" : "container");
  for (const auto& [key, member] : kIdentityTexts) json.member(key, identity.*member);
  json.member("privileged", identity.privileged);
  json.member("doubt", identity.doubt);
}

}  // namespace bulkhead::policy
