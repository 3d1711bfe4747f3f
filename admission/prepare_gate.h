// From a plan to a gate's order: what both doors of the gate share before they open.
#pragma once

#include <string_view>

#include "admission/container_report.h"
#include "base/error.h"
#include "base/paths.h"
#include "kernel/gate/gate_order.h"

namespace bulkhead::admission {

// How the proof can be had by this process: by reading filters back, or, in a user namespace, by
// installing them. Errors: those of kernel::check_can_dump_filters() where the engine itself is
// kept from reading them.
[[nodiscard]] base::Result<kernel::ProofBy> possible_proof();

// The finding that does so.
inline constexpr std::string_view kFiltersNotJudged = "filters-not-judged";

// Tells with the plan that nothing is known of the container's filters: mode observe installs none,
// and in a user namespace none can be read.
void note_filters_unjudged(policy::Plan& plan);

// What the gate is told, with the programs that the plan's profiles compile to, from the cache.
// Sets the digests of container.program; the programs themselves move into the order. Errors: those
// of compiling a profile.
[[nodiscard]] base::Result<kernel::GateOrder> prepare_gate(HeldContainer& container,
                                                           kernel::ProofBy proof,
                                                           const base::Paths& paths);

}  // namespace bulkhead::admission
