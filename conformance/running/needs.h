// What a case needs of the machine, by name:
//
//   root           the node's own root, in no user namespace
//   apparmor       AppArmor is on          no-apparmor   it is off
//   x86_64         this architecture       x86-calls     32-bit calls can be made
//   CAP_…          this process has the capability
//   cgroup NAME    a controller, in either version of control groups
//   profile NAME   an AppArmor profile that is loaded
//   path PATH      something is there
#pragma once

#include <string>

namespace bulkhead::conformance {

// Empty where it is there, else the sentence of what is missing. A need that is not in the table is
// missing everywhere, and says so.
[[nodiscard]] std::string missing(const std::string& need);

}  // namespace bulkhead::conformance
