// What became of a command line that may go on: the plan, carried out in the documents that the
// runtime reads.
#pragma once

#include <memory>
#include <optional>

#include "audit/records/record.h"
#include "policy/decide/decide.h"
#include "shim/config_stand_in.h"

namespace bulkhead::shim {

struct Admitted {
  policy::Plan plan;
  // Of `exec`: the record of the container that is joined, if it has one.
  std::optional<audit::ContainerRecord> joins = {};
  // Where the gate installs the filter: what is still to take config.json's place.
  std::unique_ptr<ConfigStandIn> stand_in = nullptr;
};

}  // namespace bulkhead::shim
