// By which rule a call was denied: the profile of a container, asked by name of the call.
//
// The record of the kernel has no arguments (1326), so where a rule depends on them, that is said
// instead of a rule that applied.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "audit/denials/denial.h"
#include "audit/records/container_registry.h"
#include "oci-config/seccomp_profile.h"
#include "policy/values/node_facts.h"

namespace bulkhead::audit {

// "rule /syscalls/3", "default action", "default action: the arguments meet no condition of
// /syscalls/5", "architecture x86 is not in the profile" or, where Denial::seccomp says so,
// "architecture x86 is taken out by seccomp.architectures".
[[nodiscard]] std::string cause_in(const oci_config::SeccompProfile& expanded,
                                   const Denial& denial);

// The profile in force in a container, from its bundle; the fallback where the bundle has none and
// the record says that the fallback was installed. Nothing when the bundle is gone.
[[nodiscard]] std::optional<oci_config::SeccompProfile> profile_of(
    const std::string& bundle, const std::string& seccomp_source, const policy::NodeFacts& facts);

// profile_of() with a small memory of those asked for last.
class CauseFinder {
 public:
  explicit CauseFinder(policy::NodeFacts facts) : facts_(std::move(facts)) {}
  [[nodiscard]] std::string cause_of(const Denial& denial, ContainerNumber number,
                                     const KnownContainer& container);

 private:
  static constexpr std::size_t kRemembered = 32;
  struct Remembered {
    ContainerNumber number;
    std::optional<oci_config::SeccompProfile> profile;
  };
  policy::NodeFacts facts_;
  std::deque<Remembered> remembered_;
};

}  // namespace bulkhead::audit
