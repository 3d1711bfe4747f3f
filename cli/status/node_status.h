// The state of this node as a value, and what follows from it: pure, so that tests write it down.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "cli/denials/denial_status.h"
#include "cli/engines/engines.h"
#include "cli/screen/status_line.h"
#include "policy/settings/policy.h"
#include "policy/values/node_facts.h"

namespace bulkhead::cli {

struct NodeStatus {
  std::string shim_path;  // executable; empty when it is not installed
  std::string hook_path;
  policy::NodeFacts facts;
  std::optional<policy::Policy> policy;
  std::string policy_error;                // when it is not valid
  std::optional<unsigned> ptrace_scope;    // kernel.yama.ptrace_scope; absent without Yama
  std::string dump_problem;                // why filters cannot be read back; empty when they can
  std::vector<std::string> lost_profiles;  // running containers have these, the kernel has not
  bool filtered_itself = false;            // this command is: it cannot tell what an engine may do
  DenialStatus denials;
  EngineReport engines;
};

// What holds for every engine: programs, policy, kernel, denials.
[[nodiscard]] std::vector<StatusLine> node_lines(const NodeStatus& status);
// What is in front of each engine's containers, and whether that is proved; then the hooks' files.
[[nodiscard]] std::vector<StatusLine> engine_lines(const NodeStatus& status);
[[nodiscard]] std::vector<StatusLine> hook_lines(const NodeStatus& status);
[[nodiscard]] std::vector<StatusLine> status_lines(const NodeStatus& status);

// Of which containers of the engine a gate proves the confinement before their first instruction;
// nothing where no containers pass through Bulkhead, or the policy cannot be read.
[[nodiscard]] std::optional<policy::Prove> proof_of(const EngineState& engine,
                                                    const NodeStatus& status);

// What no part of Bulkhead stands in front of on this node, one plain sentence each.
[[nodiscard]] std::vector<std::string> not_covered(const NodeStatus& status);

// Reads it all; `root` is put in front of every path.
[[nodiscard]] base::Result<NodeStatus> read_node_status(const base::Paths& paths,
                                                        const std::string& root);

}  // namespace bulkhead::cli
