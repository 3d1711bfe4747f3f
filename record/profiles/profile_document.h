// A profile made of a record, as a document for engines and for people: the same bytes for the same
// record, with how it was made where the format has a place for that.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "record/profiles/profile.h"
#include "record/values/record.h"

namespace bulkhead::record {

enum class ProfileFormat : std::uint8_t {
  oci,     // linux.seccomp, for the recorded containers; no place for a comment
  docker,  // with the fallback's conditions on capabilities: Docker, Podman, CRI-O
  spo,     // a SeccompProfile of the Security Profiles Operator, as JSON, which is YAML
};
inline constexpr std::array kProfileFormats = {ProfileFormat::oci, ProfileFormat::docker,
                                               ProfileFormat::spo};
[[nodiscard]] std::string_view name_of(ProfileFormat format);

// "made from the record 'web': 4 containers from 2026-11-28 07:00:00 to 09:10:00, kernel 6.1.0; …".
// Says what was lost.
[[nodiscard]] std::string provenance_of(const Record& record);

[[nodiscard]] std::string to_document(const Record& record, const RecordedProfile& profile,
                                      ProfileFormat format);

}  // namespace bulkhead::record
