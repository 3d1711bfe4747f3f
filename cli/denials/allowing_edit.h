// The smallest edit of a profile's document that lets calls through. Pure.
#pragma once

#include <string>
#include <vector>

#include "oci-config/seccomp_profile.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::cli {

struct WantedCalls {
  std::vector<std::string> syscalls;       // allowed for all arguments
  std::vector<std::string> architectures;  // "x86": listed, under the same rules
};

// For a whole document, of either dialect: names are taken out of the rules that deny them, and
// added to the first rule that allows without conditions, or to a new one; every other byte stays.
// Empty when the document allows all of it already.
[[nodiscard]] oci_config::SpecEdit allowing_edit(const oci_config::SeccompProfile& document,
                                                 const WantedCalls& wanted);

}  // namespace bulkhead::cli
