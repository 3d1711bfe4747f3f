// What a plan asks for beyond what the runtime has already read of config.json, seen from a hook,
// whose edits would reach nobody: what the gate can still bring about, and what it cannot.
//
// Not supported by the hook alone: setting no_new_privileges, dropping capabilities, a read-only
// root file system, and taking an AppArmor profile away. With the shim, or Podman's precreate hook,
// the runtime does these itself, and nothing of them is left to demand here.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "oci-config/json.h"
#include "oci-config/runtime_spec.h"
#include "policy/decide/decide.h"

namespace bulkhead::hook {

struct Demands {
  bool install_filter = false;
  bool stack_filter = false;  // a second filter is planned, which no runtime installs
  bool set_label = false;  // the planned AppArmor profile is not the one that the runtime applies
  std::vector<std::string> out_of_reach;  // "no_new_privileges (/process/noNewPrivileges)"
};

// Errors: those of oci_config::apply.
[[nodiscard]] base::Result<Demands> demands_of(const policy::Plan& plan,
                                               const oci_config::JsonDocument& config,
                                               const oci_config::RuntimeSpec& spec);

// The refusal of what is out of reach (code refused).
[[nodiscard]] base::Error out_of_reach(const Demands& demands);

}  // namespace bulkhead::hook
