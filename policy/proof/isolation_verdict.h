// Does what surrounds a program when it begins equal what was planned (policy/values/isolation.h)?
// Pure. Each function adds one difference for each property that does not hold.
#pragma once

#include <vector>

#include "policy/proof/observed_state.h"
#include "policy/proof/verdict.h"
#include "policy/values/isolation.h"

namespace bulkhead::policy {

// Real, effective, saved and file system ids are the planned ones, and there is no supplementary
// group beyond the planned ones and the planned gid.
//
// Two things that a runtime does not decide are let pass: where `may_gain_privileges`, the owner of
// a set-user-ID program (and the group of a set-group-ID one) as the effective, saved and file
// system id; and the caller's own supplementary groups where the kernel forbids to change them
// (setgroups "deny", user_namespaces(7)) or the plan keeps them.
void judge_user(const PlannedUser& planned, bool may_gain_privileges, const ObservedUser& observed,
                std::vector<Difference>& differences);

// A masked path is absent, the null device, or an empty directory on a read-only mount that is
// neither proc nor sysfs: a runtime mounts one of these over what is to be hidden. A read-only path
// is absent or on a read-only mount. A path that ends at a link to nothing cannot be told.
void judge_paths(const PlannedPaths& planned, const ObservedPaths& observed,
                 std::vector<Difference>& differences);

// A new namespace is not the observer's, which is the engine's; a joined one is the one that stood
// at its path before. `observed` is in the order of `planned`.
void judge_namespaces(const std::vector<PlannedNamespace>& planned,
                      const std::vector<ObservedNamespace>& observed,
                      std::vector<Difference>& differences);

// Nothing is open but the standard streams and what the caller of the runtime passes on: a
// descriptor of the runtime leads out of the container (CVE-2024-21626).
void judge_descriptors(const DescriptorAllowance& allowed,
                       const std::vector<ObservedDescriptor>& observed,
                       std::vector<Difference>& differences);

}  // namespace bulkhead::policy
