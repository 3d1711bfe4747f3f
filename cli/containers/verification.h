// What is compared by `bulkhead verify`: one process with what its container was to get.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "audit/records/record.h"
#include "base/error.h"
#include "cli/frame/command.h"
#include "policy/proof/verdict.h"
#include "policy/settings/policy.h"

namespace bulkhead::cli {

// What one container must hold: decided anew from its bundle's config.json and today's policy.
struct Demand {
  audit::ContainerRecord record;
  std::optional<policy::Expectation> expectation;
  std::string stale;          // the loaded AppArmor profile is not what the node's file says
  std::string open_question;  // why there is no expectation: the bundle is gone, the policy refuses
};

[[nodiscard]] Demand demand_of(const audit::ContainerRecord& record, const policy::Policy& policy,
                               const Environment& environment);

enum class Confinement : std::uint8_t { holds, differs, unconfined, cannot_tell, ended };
[[nodiscard]] std::string_view name_of(Confinement confinement);

struct Verified {
  std::string container;  // short id; empty for a process that Bulkhead has no record of
  pid_t pid = 0;
  std::string command;
  std::size_t filters = 0;
  std::string apparmor;  // "name (mode)" as the kernel words it; empty without AppArmor
  Confinement confinement = Confinement::cannot_tell;
  std::string sentence;  // the differences, or why nothing can be told
};

struct AskKernel {
  bool apparmor = false;
  std::string proc_root = "/proc";
};

// A process of that container.
[[nodiscard]] Verified verify_process(pid_t pid, const Demand& demand, const AskKernel& ask);
// A process that belongs to no container of Bulkhead's: is it confined at all?
[[nodiscard]] Verified verify_unrecorded(pid_t pid, const AskKernel& ask);

}  // namespace bulkhead::cli
