#include "cli/containers/inquiry.h"

#include <unistd.h>

#include <numeric>
#include <utility>

#include "admission/examine.h"
#include "cli/names/containers.h"
#include "cli/profiles/profile_file.h"
#include "kernel/observe/observe.h"

namespace bulkhead::cli {

using base::ErrorCode;
using base::Result;

namespace {

// Of a process of another user the kernel shows nothing to anybody else; and what is not shown must
// not look like what is not there.
Result<void> check_root() {
  if (::geteuid() == 0) return {};
  return base::fail(ErrorCode::kernel, "the kernel shows what confines a process to root alone",
                    "run it with sudo");
}

}  // namespace

Result<Inquiry> begin_inquiry(const Environment& environment) {
  if (auto root = check_root(); !root) return std::unexpected(std::move(root.error()));
  const auto facts = node_facts(environment.root);
  if (!facts) return std::unexpected(facts.error());
  const AskKernel ask{facts->apparmor.enabled, environment.root + "/proc"};
  if (const auto can = kernel::check_can_dump_filters(ask.proc_root); !can) {
    return std::unexpected(can.error());
  }
  auto policy = admission::load_policy(environment.paths);
  if (!policy) return std::unexpected(std::move(policy.error()));
  auto list = audit::read_records(environment.paths);
  if (!list) return std::unexpected(std::move(list.error()));
  auto names = names_of(list->records);
  return Inquiry{environment, ask, std::move(*policy), std::move(list->records), std::move(names)};
}

Demand demand_at(std::size_t index, const Inquiry& inquiry) {
  return demand_of(inquiry.records[index], inquiry.names[index], inquiry.policy,
                   inquiry.environment);
}

std::vector<Verified> verify_containers(const std::vector<std::size_t>& wanted,
                                        const Population& population, const Inquiry& inquiry,
                                        const std::vector<pid_t>& others) {
  std::vector<Demand> demands;
  demands.reserve(wanted.size());  // the subjects point at them
  std::vector<Subject> subjects;
  for (const std::size_t index : wanted) {
    demands.push_back(demand_at(index, inquiry));
    for (const pid_t pid : population.of_record[index]) subjects.push_back({pid, &demands.back()});
  }
  for (const pid_t pid : others) subjects.push_back({pid, nullptr});
  return verify(subjects, inquiry.ask);
}

Population population_of(const Inquiry& inquiry) {
  return cli::population_of(inquiry.records, node_processes(inquiry.ask.proc_root));
}

std::vector<Verified> verify_all(const Inquiry& inquiry) {
  const Population population = population_of(inquiry);
  std::vector<std::size_t> every(inquiry.records.size());
  std::iota(every.begin(), every.end(), std::size_t{0});
  return verify_containers(every, population, inquiry, population.unrecorded);
}

}  // namespace bulkhead::cli
