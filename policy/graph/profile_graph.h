// The meaning of an expanded profile as a graph: what every runtime makes of it through libseccomp.
//
// - The native architecture is always covered; one that is not listed answers KILL_THREAD
//   (SCMP_FLTATR_ACT_BADARCH). x32 is an architecture of its own under x86_64's value.
// - A rule whose action is the default one says nothing (runtimes leave it out).
// - The first rule without conditions decides its call alone. Else any rule of which all conditions
//   hold decides; the default where none does. Where rules with different answers hold for one
//   call, the order is libseccomp's affair: the leaf is one_of.
// - Several conditions on one argument make of each condition of that rule a rule of its own.
// - On 32-bit architectures and x32 conditions speak of the low halves only.
// - On x86 the socket and System V IPC calls are also reached through socketcall and ipc, and a
//   rule for them covers both ways.
//
// docs/how-the-analysis-works.md: "The profile's own meaning".
#pragma once

#include "base/error.h"
#include "oci-config/seccomp_profile.h"
#include "policy/graph/filter_graph.h"

namespace bulkhead::policy {

// Errors: unsupported when the native architecture has no table of system calls, or when the rules
// for one call overlap so that what they say together takes too much work.
[[nodiscard]] base::Result<NodeId> add_profile(FilterGraph& graph,
                                               const oci_config::SeccompProfile& expanded,
                                               oci_config::SeccompArch native);

}  // namespace bulkhead::policy
