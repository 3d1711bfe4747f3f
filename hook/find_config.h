// The container's document, from the state that the runtime gave.
//
// A bundle without a config.json is what crun names for a container with a user namespace and a
// device (it says "/", crun issue 2025). Then the command line of the runtime tells, if it can be
// read in one way only: an absolute `--bundle` that is given once, no `--config`, the container's
// id as the last word; and if that runtime, which is this process's parent, is the parent of the
// container's init, too.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.h"
#include "hook/container_state.h"
#include "oci-config/bundle.h"

namespace bulkhead::hook {

struct FoundConfig {
  std::string bundle;
  oci_config::OpenDocument config;
};

// Errors: those of oci_config::open_config(); refused: there is none in the state's bundle, and the
// command line does not tell.
[[nodiscard]] base::Result<FoundConfig> find_config(const ContainerState& state, pid_t runtime,
                                                    const std::string& proc_root = "/proc");

}  // namespace bulkhead::hook
