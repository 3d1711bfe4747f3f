// Containers whose denials the kernel does not record: their runtime takes no seccomp flags, and
// the policy does not ask the gate for a filter that logs beside the runtime's.
#pragma once

#include <string>
#include <vector>

#include "audit/records/record.h"
#include "policy/settings/policy.h"
#include "policy/values/node_facts.h"

namespace bulkhead::cli {

// Whether a filter that the runtime installed from this profile denies without a record.
[[nodiscard]] bool denies_unrecorded(const audit::ContainerRecord& record,
                                     const oci_config::SeccompProfile& profile,
                                     policy::LogDenials log);

// The names of those that have a record, and whose bundle is still there to be asked. What was
// decided under another policy than today's is not known: a container is told by today's.
[[nodiscard]] std::vector<std::string> unlogged_containers(
    const std::vector<audit::ContainerRecord>& records, const policy::Policy& policy,
    const policy::NodeFacts& facts);

// One sentence for people, with what to do; empty for none.
[[nodiscard]] std::string unlogged_sentence(const std::vector<std::string>& names);

}  // namespace bulkhead::cli
