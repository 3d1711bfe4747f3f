// precreate (Podman only): the proposed config.json on stdin, the whole new one on stdout, exactly
// as the shim would write it. Podman gives this stage no container id.
#pragma once

#include "base/paths.h"

namespace bulkhead::hook {

// Returns the exit code. On a refusal stdout stays empty.
[[nodiscard]] int rewrite_config(const base::Paths& paths);

}  // namespace bulkhead::hook
