#include "policy/values/identity_json.h"

namespace bulkhead::policy {

void write_identity_texts(base::JsonWriter& json, const Identity& identity) {
  for (const auto& [key, member] : kIdentityTexts) json.member_if_any(key, identity.*member);
}

void write_identity(base::JsonWriter& json, const Identity& identity) {
  json.member("engine", name_of(identity.engine));
  write_identity_texts(json, identity);
}

void write_whole_identity(base::JsonWriter& json, const Identity& identity) {
  json.member("engine", name_of(identity.engine));
  json.member("kind", identity.kind == ContainerKind::sandbox ? "sandbox" : "container");
  for (const auto& [key, member] : kIdentityTexts) json.member(key, identity.*member);
  json.member("privileged", identity.privileged);
  json.member("doubt", identity.doubt);
}

}  // namespace bulkhead::policy
