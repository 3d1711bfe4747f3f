// One engine, from the planned edit to its proof; or all of it is taken back and the error says
// why.
//
//   link → the shim runs → written down as changing → files, configuration last → the daemon reads
//        → a container is proved → written down as kept
//
// Killed between any two of these, the engine starts containers through the shim, which was seen to
// run before, or as before; the same command finishes what was begun.
#pragma once

#include <string>

#include "base/error.h"
#include "base/paths.h"
#include "cli/engines/engine_config.h"
#include "cli/screen/output.h"

namespace bulkhead::cli {

struct InstallRun {
  const RootTree& tree;
  base::Paths paths;
  std::string runtime_class;
  bool proof_expected = true;  // the policy makes the shim's gate prove
  bool restart = true;         // daemons may be made to read their configuration
  bool verify = true;          // start a container
  Output& output;
};

// Errors: those of the files (io), kernel (the daemon does not come up, nothing is proved), runtime
// (the shim does not run). The engine is then configured as before.
[[nodiscard]] base::Result<void> install_engine(const InstallRun& run, EngineKind kind,
                                                const EngineEdit& edit);

}  // namespace bulkhead::cli
