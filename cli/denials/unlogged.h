// Containers whose denials the kernel does not record, though the policy wants them recorded.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "audit/records/record.h"

namespace bulkhead::cli {

// Names by the cause, as the records have it: "the runtime takes no SECCOMP_FILTER_FLAG_LOG".
using UnloggedContainers = std::map<std::string, std::vector<std::string>>;

// Of those that run.
[[nodiscard]] UnloggedContainers unlogged_containers(
    const std::vector<audit::ContainerRecord>& records);

// One sentence for people, with what to do; empty for none.
[[nodiscard]] std::string unlogged_sentence(const UnloggedContainers& containers);

}  // namespace bulkhead::cli
