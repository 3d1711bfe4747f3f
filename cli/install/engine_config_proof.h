// After an installation: one container through the engine, and the record of its proof.
//
// The container runs this very program (it is static, so a directory with it is a root file system)
// without network. Podman starts it by its own configuration; Docker too, from an image that is
// made for it and removed. containerd is asked how it reads its configuration and starts the
// container through ctr, which names the shim itself; of CRI-O it is only asked whether it runs. A
// CRI client is not used.
#pragma once

#include <string>

#include "base/error.h"
#include "base/paths.h"
#include "cli/engines/engine_config.h"

namespace bulkhead::cli {

struct ProofRequest {
  EngineKind kind;
  std::string shim;           // "/usr/bin/bulkhead-runc"
  std::string behind;         // what stands behind it: "/usr/bin/runc"
  std::string runtime_class;  // empty: the default
  base::Paths paths;
  bool proof_expected = true;   // the policy makes the shim's gate prove
  bool daemon_has_read = true;  // false: it was not restarted since its configuration was changed
};

// What was proved, as one sentence. Error code kernel with what the engine said. An engine that
// does not run is no error; the sentence says so.
[[nodiscard]] base::Result<std::string> prove_engine(const ProofRequest& request);

// What containerd reads in its configuration, before it is started with it. Nothing to ask for the
// other engines.
[[nodiscard]] base::Result<void> check_engine_reads(const ProofRequest& request);

}  // namespace bulkhead::cli
