// From the kernel's records to the accesses of a container whose AppArmor label is a stack with a
// recording profile: what that profile lacks is recorded, and what it allows with `audit`. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/denials/denial.h"
#include "audit/denials/kernel_record.h"
#include "record/values/access.h"

namespace bulkhead::record {

// "web//null-/bin/sh" → "web": complain mode gives each program that is executed a profile of its
// own.
[[nodiscard]] std::string_view without_null_profiles(std::string_view profile);

// The recording profile (policy/values/apparmor_recorder.h) that this record is about; nothing
// where it is about another profile.
[[nodiscard]] std::optional<std::string> recorder_of(const audit::AppArmorRecord& facts);

// What was done, one access for each permission. Empty only where the record says nothing.
[[nodiscard]] std::vector<Access> accesses_of(const audit::AppArmorRecord& facts);

// The same of a line of the denial log, where the profile in force only complains.
[[nodiscard]] std::vector<Access> accesses_of(const audit::Denial& denial);

[[nodiscard]] bool is_by_owner(const audit::AppArmorRecord& facts);

}  // namespace bulkhead::record
