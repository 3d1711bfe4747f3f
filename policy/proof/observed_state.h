// What the kernel reports of a task: the truth that a plan is compared with. kernel/tasks/observe.h
// reads it; tests write it down.
#pragma once

#include <string>
#include <vector>

#include "oci-config/runtime_spec.h"
#include "policy/filter/filter.h"

namespace bulkhead::policy {

// A task's AppArmor confinement as /proc/<pid>/attr/apparmor/current words it.
struct AppArmorLabel {
  std::string name;  // "k8s-my-app", "a//&b", "unconfined"
  std::string mode;  // "enforce", "complain", "kill", "mixed"; empty for unconfined
  bool operator==(const AppArmorLabel&) const = default;
};

struct ObservedState {
  std::vector<FilterProgram> filters;  // every installed filter, newest first
  bool no_new_privileges = false;
  oci_config::CapabilitySets capabilities;
  AppArmorLabel apparmor;  // empty where the kernel has no AppArmor, or it was not asked
};

}  // namespace bulkhead::policy
