// The document that a runtime reads where the gate installs its filter (seccomp.loader):
// config.json without linux.seccomp, which the runtime would compile again at each start. It stands
// in for config.json only until the runtime has read it (shim/config_stand_in.h).
#pragma once

#include <string_view>

#include "oci-config/spec_edit.h"
#include "policy/decide/decide.h"

namespace bulkhead::policy {

// Tells a stand-in from a document that asks for no filter. What anybody wrote into it says
// nothing: a document that has it and no whole one beside it is refused (seccomp-taken-out).
inline constexpr std::string_view kStandInPointer = "/annotations/io.bulkhead.stand-in";

// The same edit, but for the filter, which is taken out.
[[nodiscard]] oci_config::SpecEdit standing_in(oci_config::SpecEdit edit);

// What became of the plan where the gate cannot: the runtime installs the filter, as config.json
// says.
void leave_to_runtime(Plan& plan, std::string_view why);

}  // namespace bulkhead::policy
