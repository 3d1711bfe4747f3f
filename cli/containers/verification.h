// What is compared by `bulkhead verify`: one process with what its container was to get.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
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
  std::string name;  // of the container, as it is shown
  std::optional<policy::Expectation> expectation;
  std::string stale;          // the loaded AppArmor profile is not what the node's file says
  std::string open_question;  // why there is no expectation: the bundle is gone, the policy refuses
};

[[nodiscard]] Demand demand_of(const audit::ContainerRecord& record, std::string name,
                               const policy::Policy& policy, const Environment& environment);

enum class Confinement : std::uint8_t { holds, differs, unconfined, cannot_tell, ended };
[[nodiscard]] std::string_view name_of(Confinement confinement);

struct Verified {
  std::string container;  // its name; empty for a process that Bulkhead has no record of
  pid_t pid = 0;
  std::string command;
  std::size_t filters = 0;
  std::string apparmor;  // "name (mode)" as the kernel words it; empty without AppArmor
  Confinement confinement = Confinement::cannot_tell;
  std::string cause;     // why the kernel was not asked: "vfork", "traced", …; else empty
  std::string sentence;  // the differences, or why nothing can be told
};

struct AskKernel {
  bool apparmor = false;
  std::string proc_root = "/proc";
};

struct Subject {
  pid_t pid = 0;
  const Demand* demand = nullptr;  // null: it belongs to no container of Bulkhead's
};

// Asks the kernel about all of them, as kernel::observe_each() does: what cannot be told of some
// delays the others by two seconds in all. The answers are in the order of the subjects. Of a
// process without a demand the answer is whether it is confined at all.
[[nodiscard]] std::vector<Verified> verify(std::span<const Subject> subjects, const AskKernel& ask);

}  // namespace bulkhead::cli
