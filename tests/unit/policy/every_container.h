// The containers for which profiles are compared, and how a comparison is told.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "policy/analysis/filter_decision.h"
#include "policy/checks/expand.h"

namespace bulkhead::policy::test {

inline constexpr unsigned kCapabilities = 41;  // up to CAP_CHECKPOINT_RESTORE

[[nodiscard]] oci_config::CapabilityMask mask(std::initializer_list<const char*> names);
[[nodiscard]] bool has(const ExpandFor& container, const char* capability);

// With no capability, the usual ones, all, each alone, all but each, and the usual ones and each;
// on each architecture of which there is a table; before and after Linux 4.8.
[[nodiscard]] const std::vector<ExpandFor>& every_container();

// "CAP_CHOWN CAP_KILL on SCMP_ARCH_X86_64, Linux 6.1".
[[nodiscard]] std::string described(const ExpandFor& container);

// Fails the test where the file cannot be read.
[[nodiscard]] std::string file_text(const std::string& path);

// What a profile of tests/data/references says.
[[nodiscard]] oci_config::SeccompProfile reference(const std::string& name);

// Where `a` answers less strictly than `b`; fails the test where they cannot be compared.
[[nodiscard]] std::vector<Witness> allowed_beyond(const oci_config::SeccompProfile& a,
                                                  const oci_config::SeccompProfile& b,
                                                  oci_config::SeccompArch native);
[[nodiscard]] std::string listed(const std::vector<Witness>& witnesses);

}  // namespace bulkhead::policy::test
