// precreate (Podman only): the proposed config.json on stdin, the whole new one on stdout, exactly
// as the shim would write it. Podman gives this stage no container id, and shows nobody what it
// says: what is refused is handed on with an entry in hooks.createRuntime that refuses it with the
// sentence, and with a program that no runtime can execute.
#pragma once

#include "base/paths.h"

namespace bulkhead::hook {

// Returns the exit code. Where it is not 0 (no config.json to write an entry into), stdout stays
// empty.
[[nodiscard]] int rewrite_config(const base::Paths& paths);

}  // namespace bulkhead::hook
