// How an identity stands in JSON. Events, denials, containers' records and `--json` give its
// members these names; each adds to them what only it tells.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "policy/values/identity.h"

namespace bulkhead::policy {

struct IdentityText {
  std::string_view key;
  std::string Identity::*member;
};
inline constexpr std::array<IdentityText, 7> kIdentityTexts = {{
    {"id", &Identity::id},
    {"runtime_root", &Identity::runtime_root},
    {"namespace", &Identity::namespace_},
    {"pod", &Identity::pod},
    {"pod_uid", &Identity::pod_uid},
    {"container", &Identity::container},
    {"image", &Identity::image},
}};

inline constexpr std::size_t kMaxIdentityTextBytes = 4096;  // as JSON

// Of the texts those that are not empty and not longer than that: an image's name may be of any
// length, and must not keep the rest from being written. Returns how many were too long.
std::size_t write_identity_texts(base::JsonWriter& json, const Identity& identity);

// "engine", and then these texts.
std::size_t write_identity(base::JsonWriter& json, const Identity& identity);

// Every member, whether it says something or not.
void write_whole_identity(base::JsonWriter& json, const Identity& identity);

}  // namespace bulkhead::policy
