// Mode observe: what became of a start that nobody held to the policy, and what holds in it.
#pragma once

#include <string>

#include "kernel/gate/gate_order.h"
#include "policy/decide/decide.h"
#include "policy/decide/enforce_answer.h"
#include "policy/proof/shown_answer.h"

namespace bulkhead::admission {

// Of a filter that nobody looked at.
inline constexpr const char* kUnknownFilter = "unknown";

// What holds, as records and events tell it.
struct WhatHolds {
  std::string seccomp;  // as PlannedSeccomp::told_source(), or kUnknownFilter
  std::string apparmor;
  bool no_new_privileges = false;
  bool is_planned_filter = true;
};

// In mode enforce what is planned holds, or nothing starts.
[[nodiscard]] WhatHolds what_holds(const policy::Plan& plan, const kernel::GateOutcome& outcome);

// Before the kernel was asked: what is planned, as far as enforce would have changed nothing.
[[nodiscard]] WhatHolds what_is_known(const policy::Plan& plan);

// What enforce would have done, by what the kernel showed.
[[nodiscard]] policy::EnforceAnswer observed_answer(const policy::Plan& plan, policy::GateAdds gate,
                                                    const kernel::GateOutcome& outcome);

// A plan of which nothing is known but why enforce would have refused the start: nothing is held
// against it.
[[nodiscard]] policy::Plan undecided(const base::Error& error);
[[nodiscard]] bool is_undecided(const policy::Plan& plan);

}  // namespace bulkhead::admission
