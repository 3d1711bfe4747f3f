// The process that a runtime makes of the options of `exec` when no --process is given.
#pragma once

#include "oci-config/runtime_spec.h"
#include "shim/command_line.h"

namespace bulkhead::shim {

// By the rules of the line's family:
//
//                     runc                     crun                 youki
//   user              the container's          root                 root
//   no_new_privs      the container's          not set              the container's, if set
//   AppArmor profile  the container's          the container's      none
//   --cap             added to the container's in place of them     added to the container's
//
// A runtime of an unknown family is taken to be like crun, which is the weakest of each.
[[nodiscard]] oci_config::ProcessSpec process_from_options(
    const CommandLine& line, const oci_config::RuntimeSpec& container);

// The capabilities that --cap names.
[[nodiscard]] oci_config::CapabilityMask asked_capabilities(const CommandLine& line);

}  // namespace bulkhead::shim
