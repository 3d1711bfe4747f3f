// What all questions about containers that run stand on: the policy, the records, and whether the
// kernel lets us ask.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "audit/records/record.h"
#include "base/error.h"
#include "cli/containers/verification.h"
#include "cli/frame/command.h"
#include "cli/names/node_processes.h"
#include "policy/settings/policy.h"

namespace bulkhead::cli {

struct Inquiry {
  const Environment& environment;
  AskKernel ask;
  policy::Policy policy;
  std::vector<audit::ContainerRecord> records;
  std::vector<std::string> names;  // of their containers
};
// Errors: kernel, where it does not let us ask; policy; io.
[[nodiscard]] base::Result<Inquiry> begin_inquiry(const Environment& environment);

[[nodiscard]] Population population_of(const Inquiry& inquiry);
[[nodiscard]] Demand demand_at(std::size_t index, const Inquiry& inquiry);

// What the container of each record demands, with its processes; `others` belong to none.
[[nodiscard]] std::vector<Verified> verify_containers(const std::vector<std::size_t>& wanted,
                                                      const Population& population,
                                                      const Inquiry& inquiry,
                                                      const std::vector<pid_t>& others);

// Every container, also those that Bulkhead has no record of.
[[nodiscard]] std::vector<Verified> verify_all(const Inquiry& inquiry);

}  // namespace bulkhead::cli
