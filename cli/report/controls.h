// The controls of published benchmarks and guides that Bulkhead gives evidence for: their numbers
// and titles as published, and what this node's report answers. Which of them an organisation has
// to meet, and whether the evidence is enough, its auditor decides.
//
//   CIS Docker Benchmark v1.6.0, CIS Kubernetes Benchmark v1.8.0
//   NSA/CISA Kubernetes Hardening Guide v1.2 (August 2022), which has sections and no numbers
//   NIST SP 800-190 Application Container Security Guide (September 2017)
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report/node_report.h"

namespace bulkhead::cli {

// What of a report is the evidence.
enum class Evidence : std::uint8_t {
  filters,         // every container has a seccomp filter
  labels,          // every container has an AppArmor label
  no_new_privs,    // no container may gain privileges by execve(2)
  not_privileged,  // no container is privileged
  proofs,          // every container was proved, and holds it now
  record,          // what was denied and refused is recorded
};

struct Control {
  std::string_view source;  // "CIS Docker 1.6.0"
  std::string_view number;  // "5.22"; empty where the source has none
  std::string_view title;
  Evidence evidence;
};
[[nodiscard]] std::span<const Control> controls();

enum class ControlStanding : std::uint8_t { met, partly, not_met, no_evidence };
[[nodiscard]] std::string_view name_of(ControlStanding standing);  // "met", "not met"

struct ControlAnswer {
  const Control* control = nullptr;
  ControlStanding standing = ControlStanding::no_evidence;
  std::string evidence;  // "4 of 5 containers have a seccomp filter; without: 'x'"
};

// In the order of controls().
[[nodiscard]] std::vector<ControlAnswer> control_answers(const NodeReport& report);

}  // namespace bulkhead::cli
