// AppArmor's side of a record (`bulkhead record`): the recording profile that is stacked under the
// one that confines. Nothing here fails: what cannot be had is told with the plan and in the
// record, and the container starts as it would without.
#pragma once

#include "base/paths.h"
#include "kernel/apparmor/apparmor_places.h"
#include "policy/decide/decide.h"
#include "policy/values/identity.h"

namespace bulkhead::admission {

// Of a container that is about to start, by who changes its config.json: loads a recording profile
// of its own, and completes the plan's edit. Once the confining profile is loaded.
void record_apparmor(policy::Plan& plan, const kernel::AppArmorPlaces& places,
                     const base::Paths& paths);

// The same where config.json is read already: tells that.
void leave_apparmor_unrecorded(policy::Plan& plan);

// Of a process that joins: that of its container, where it still is there.
void join_recorder(policy::Plan& plan, const policy::Identity& identity,
                   const kernel::AppArmorPlaces& places, const base::Paths& paths);

}  // namespace bulkhead::admission
