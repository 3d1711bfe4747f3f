// A recording profile beside the AppArmor profile of a plan: what stands there can only take away,
// so nothing of what was decided changes but the label's text. Pure.
#pragma once

#include <string>
#include <string_view>

#include "policy/decide/decide.h"

namespace bulkhead::policy {

// Why a container that is to be recorded cannot have one; empty where it can, or where nothing is
// recorded. What the modes of the loaded profiles say is the caller's to look at.
[[nodiscard]] std::string why_no_recorder(const Plan& plan);

// `recorder` is loaded. `process` is where the document has the process: "/process" of config.json,
// "" of process.json.
void stack_recorder(Plan& plan, std::string_view process, std::string recorder);

// Tells with the plan why nothing of AppArmor is recorded.
void leave_unrecorded(Plan& plan, std::string why);

}  // namespace bulkhead::policy
