// The one thing that decide() cannot see: the mode of an AppArmor profile that is loaded only after
// it.
#pragma once

#include <string>

#include "base/error.h"
#include "policy/decide/decide.h"
#include "policy/values/node_facts.h"

namespace bulkhead::policy {

struct JustLoaded {
  std::string name;
  std::string path;  // the file that it was loaded from
  AppArmorMode mode = AppArmorMode::enforce;
};

// Completes the plan by the mode that the profile turned out to have: one that does not enforce is
// told in plan.findings where the policy accepts it. Error (code refused): the policy does not.
[[nodiscard]] base::Result<void> hold_just_loaded(Plan& plan, const JustLoaded& profile);

}  // namespace bulkhead::policy
