#include "record/values/access_json.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/hex.h"
#include "base/utf8.h"
#include "record/values/read_members.h"

namespace bulkhead::record {

using base::cat;
using base::HexCase;
using base::JsonWriter;
using base::Result;
using oci_config::JsonValue;

namespace {

constexpr std::string_view kHexSuffix = "_hex";

bool is_plain(std::string_view text) {
  return base::is_valid_utf8(text) && std::ranges::none_of(text, [](char byte) {
           const auto code = static_cast<unsigned char>(byte);
           return code < 0x20 || code == 0x7f;
         });
}

void write_text(JsonWriter& json, std::string_view key, const std::string& text) {
  if (text.empty()) return;
  if (is_plain(text)) return json.member(key, text);
  json.member(cat(key, kHexSuffix), base::hex_of(text, HexCase::lower));
}

void write_access(JsonWriter& json, const Access& access, const AccessUse& use) {
  json.begin_object();
  json.member("kind", name_of(access.kind));
  for (const auto& field : kAccessTexts) write_text(json, field.key, access.*field.member);
  for (const auto& field : kAccessNumbers) {
    if (use.*field.member > 0) json.member(field.key, use.*field.member);
  }
  json.end_object();
}

// ---- reading ------------------------------------------------------------------------------------

Result<void> take_hex(const JsonValue& element, const std::string& key, std::string& into) {
  std::string hex;
  if (auto taken = take_bounded(element, key, hex, 2 * kMaxAccessText); !taken) return taken;
  auto bytes = base::bytes_of_hex(hex, HexCase::lower);
  if (!bytes || !into.empty() || is_plain(*bytes) || bytes->contains('\0')) {
    return element.error(cat('"', key, "\" is no text that is to be in hexadecimal"));
  }
  into = *std::move(bytes);
  return {};
}

Result<void> take_one_text(const JsonValue& element, std::string_view key, std::string& into) {
  if (auto taken = take_bounded(element, key, into, kMaxAccessText); !taken) return taken;
  if (!is_plain(into)) {
    return element.error(
        cat('"', key, "\" has control characters; write \"", key, kHexSuffix, '"'));
  }
  const std::string hex_key = cat(key, kHexSuffix);
  return element.member(hex_key) ? take_hex(element, hex_key, into) : Result<void>{};
}

Result<void> take_kind(const JsonValue& element, AccessKind& kind) {
  std::string name;
  if (auto taken = audit::take_text(element, "kind", name); !taken) return taken;
  const auto known = audit::value_named(name, kAccessKinds);
  if (!known) return element.error(cat("unknown \"kind\" ", base::quoted(name)));
  kind = *known;
  return {};
}

Result<void> take_key(const JsonValue& element, Access& access) {
  constexpr std::array<Field<Access, std::string>, 3> kHexTexts = {{
      {"object_hex", &Access::object},
      {"detail_hex", &Access::detail},
      {"permission_hex", &Access::permission},
  }};
  const auto known = expect_members(element, {"kind"}, kAccessTexts, kHexTexts, kAccessNumbers);
  if (!known) return known;
  if (auto there = expect_present(element, {"kind"}); !there) return there;
  for (const auto& field : kAccessTexts) {
    auto taken = take_one_text(element, field.key, access.*field.member);
    if (!taken) return taken;
  }
  return take_kind(element, access.kind);
}

Result<void> take_access(const JsonValue& element, Accesses& accesses) {
  Access access;
  AccessUse use;
  if (auto taken = take_key(element, access); !taken) return taken;
  if (auto taken = take_numbers(element, use, kAccessNumbers); !taken) return taken;
  if (use.by_others > use.count) return element.error("more accesses by others than accesses");
  if (use.first > use.last) return element.error("the first access is after the last one");
  if (!accesses.empty() && !(accesses.uses().rbegin()->first < access)) {
    return element.error("elements are to be sorted, each of them once");
  }
  if (!accesses.add(access, use)) return element.error("more bytes than a record holds");
  return {};
}

}  // namespace

void write_accesses(JsonWriter& json, const Accesses& accesses) {
  if (accesses.empty()) return;
  json.begin_array("accesses");
  for (const auto& [access, use] : accesses.uses()) write_access(json, access, use);
  json.end_array();
}

Result<void> take_accesses(const JsonValue& object, Accesses& accesses) {
  return for_each_element(object, "accesses", kMostAccesses,
                          [&](const JsonValue& element) { return take_access(element, accesses); });
}

}  // namespace bulkhead::record
