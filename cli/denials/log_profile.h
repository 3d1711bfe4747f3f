// `bulkhead denials --as-profile` and `--as-apparmor`: a profile of what the log says was let
// through and would be denied.
#pragma once

#include "base/error.h"
#include "base/exit_codes.h"
#include "cli/denials/denial_query.h"
#include "cli/frame/command.h"

namespace bulkhead::cli {

// Exits with `incomplete` where the log says that something was lost. Errors: io; usage, when no
// line that is asked for tells of a call that was let through; those of a profile made of a record.
[[nodiscard]] base::Result<base::ExitCode> write_log_profile(const DenialQuery& query,
                                                             Environment& environment);
// The same of AppArmor: called as the profile in complain mode that the container ran under. Error:
// usage also where there were several.
[[nodiscard]] base::Result<base::ExitCode> write_log_apparmor(const DenialQuery& query,
                                                              Environment& environment);

}  // namespace bulkhead::cli
