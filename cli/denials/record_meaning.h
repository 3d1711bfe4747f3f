// What one line with a record of the kernel says, for people: what was denied, by what kind of
// rule, and what would allow it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audit/denials/denial.h"
#include "base/error.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::cli {

struct RecordMeaning {
  std::optional<audit::Denial> denial;  // nothing where nothing was denied
  std::string time;                     // of the denial, or as the line says it
  std::string what;                     // "the call was answered with an error"
  std::string by;                       // by what kind of rule; or why it is no denial
};

// Nothing where the line holds no record. `profile` is the seccomp profile that the process was
// under, expanded, if it is known: then the rule is named. Error: invalid_input, for a record that
// is not as the kernel or ausearch writes it.
[[nodiscard]] base::Result<std::optional<RecordMeaning>> meaning_of(
    std::string_view line, const oci_config::SeccompProfile* profile);

}  // namespace bulkhead::cli
