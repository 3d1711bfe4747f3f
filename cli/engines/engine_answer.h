// What an engine says of itself, where it can be asked: its files are not all that decides, there
// are its command line, its variables and what its version has built in.
#pragma once

#include <optional>
#include <string>

#include "cli/engines/engine_config.h"

namespace bulkhead::cli {

// Whether somebody listens at its socket; false for an engine without a daemon.
[[nodiscard]] bool daemon_runs(EngineKind kind);

// The name of the runtime that it uses where nobody names one: `podman info`, `docker info`,
// `containerd config dump`, `crio status config` or, where it does not run, `crio config`. Nothing
// where it cannot be asked (a daemon that does not run, no client here) or says nothing that is
// understood.
[[nodiscard]] std::optional<std::string> runtime_in_use(EngineKind kind);

// Error code unsupported where the engine's own words and its files name different runtimes: then
// another than the one in use would be put behind the shim.
[[nodiscard]] base::Result<void> check_engine_agrees(EngineKind kind, const RootTree& tree);

}  // namespace bulkhead::cli
