// Containers whose denials the kernel does not record, though the policy wants them recorded.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "audit/records/record.h"
#include "policy/values/node_facts.h"

namespace bulkhead::cli {

// Whether the filter of a container, which comes from this profile, denies without a record: the
// record of the container says why.
[[nodiscard]] bool denies_unrecorded(const audit::ContainerRecord& record,
                                     const oci_config::SeccompProfile& profile);

// Names by the cause: "the runtime takes no SECCOMP_FILTER_FLAG_LOG".
using UnloggedContainers = std::map<std::string, std::vector<std::string>>;

// Those that have a record, and whose bundle is still there to be asked.
[[nodiscard]] UnloggedContainers unlogged_containers(
    const std::vector<audit::ContainerRecord>& records, const policy::NodeFacts& facts);

// One sentence for people, with what to do; empty for none.
[[nodiscard]] std::string unlogged_sentence(const UnloggedContainers& containers);

}  // namespace bulkhead::cli
