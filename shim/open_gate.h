// The gate between the shim's decision and the runtime that the shim becomes (kernel/gate/
// runtime_gate.h): whatever the runtime then does, the container's program begins proved or not at
// all.
#pragma once

#include <memory>

#include "admission/container_report.h"
#include "admission/voice.h"
#include "base/error.h"
#include "kernel/gate/exec_role.h"
#include "shim/config_stand_in.h"

namespace bulkhead::shim {

// What is to be held, once the decision is made and carried out.
struct Holding {
  admission::HeldContainer container;  // its init is not known yet
  kernel::Door door = kernel::Door::start;
  unsigned preserved_descriptors = 0;  // that the caller passes on, from 3 upwards
  // Where the plan has the gate load the filter: takes config.json's place until the runtime has
  // read it. Where it cannot, the runtime loads the filter, and the plan's reasons say why.
  std::unique_ptr<ConfigStandIn> stand_in = nullptr;
};

// Opens a gate that holds this process. After it, nothing is to be done here but execve(2): the
// memory is the gate's, too. Errors: filters cannot be read here, a profile does not compile, or
// the gate cannot attach; then nothing holds, and this process goes on as it was.
[[nodiscard]] base::Result<void> open_gate(Holding holding, const admission::Voice& voice);

}  // namespace bulkhead::shim
