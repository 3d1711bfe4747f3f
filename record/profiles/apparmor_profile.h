// An AppArmor profile made of a record: what was recorded, as far as bulkhead-default allows it, in
// the words of a person. Pure.
//
//   profile k8s-web flags=(attach_disconnected,mediate_deleted) {
//     include <abstractions/base>
//     capability net_bind_service,
//     network inet stream,
//     /usr/sbin/nginx mrix,
//     owner /var/cache/nginx/* rw,
//   …and what bulkhead-default denies, with `audit`
//
// The same record gives the same bytes. What is left out (mounts, what the profile in force
// or the fallback denies, what AppArmor has no rule for) stands in a comment.
//
// What it does not promise: that the program never does anything else.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "policy/fallback/apparmor_default.h"
#include "record/values/record.h"

namespace bulkhead::record {

// Letters, digits, '_', '.' and '-', beginning with a letter or a digit: what needs no quotes
// anywhere. Error: invalid_input.
[[nodiscard]] base::Result<void> check_apparmor_name(std::string_view name);

// Error: usage, where nothing of AppArmor was recorded; check_apparmor_name's.
[[nodiscard]] base::Result<std::string> apparmor_profile_of(const Record& record,
                                                            std::string_view name,
                                                            const policy::AppArmorDialect& dialect);

// A sentence where the kernel could not be asked whether the profile that confined a container
// allowed what was recorded: of a plain `deny` there is no record. Empty where there is nothing to
// tell, and for the fallback, which denies nothing of that kind.
[[nodiscard]] std::string note_of_silent_denials(const Record& record);

}  // namespace bulkhead::record
