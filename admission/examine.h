// From documents and node to a decision: the stages that shim, hook and `bulkhead check` share.
//
//   load_policy → open config.json → read_runtime_spec → survey → decide
//
// Nothing is changed here: the shim and the hook carry out what was decided.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/paths.h"
#include "oci-config/bundle.h"
#include "oci-config/runtime_spec.h"
#include "policy/decide/decide.h"
#include "policy/settings/policy_reader.h"

namespace bulkhead::admission {

// The policy's files as they are read, in order, and what lies in policy.d and is none by its name.
struct PolicyDocuments {
  std::vector<policy::PolicyDocument> documents;
  std::vector<std::string> ignored;
};
// Error (code policy): see load_policy.
[[nodiscard]] base::Result<PolicyDocuments> read_policy_documents(const base::Paths& paths);

// Reads /etc/bulkhead/policy.json and policy.d/*.json (by name). No file: the built-in policy. A
// file that cannot be read or is not valid, or that others than root may write (a directory of
// them, too), is an error (code policy): every container is then refused.
[[nodiscard]] base::Result<policy::Policy> load_policy(const base::Paths& paths);

// Who opens the gate: the program that decides, or a hook that the edit puts into config.json.
enum class GateOpener : std::uint8_t { hook, caller };

// What a program knows of the container beside its documents.
struct Request {
  policy::Invocation invocation;
  std::string runtime_path;  // of the real runtime, for its features; empty: unknown
  // What it was asked already; null: it is asked here.
  const policy::RuntimeFeatures* runtime = nullptr;
  base::Paths paths;
  GateOpener opener = GateOpener::hook;
  // Of a container that was identified when it was created; else its documents say who it is.
  std::optional<policy::Identity> recorded = std::nullopt;
};

// Who the container is, what the policy says of it, and what a decision must know of the node.
struct Survey {
  policy::Identity identity;
  policy::ContainerPolicy policy;
  policy::NodeFacts facts;
};

// The profiles, kernel and runtime facts that a decision needs for this container, and no more.
// Errors: kernel (probing).
[[nodiscard]] base::Result<Survey> survey(const oci_config::RuntimeSpec& spec,
                                          const Request& request, const policy::Policy& policy);

struct Examined {
  policy::Identity identity;
  policy::Decision decision;
};

// Everything after the document is open. Errors: invalid_input (config.json), kernel (probing).
[[nodiscard]] base::Result<Examined> examine(const oci_config::JsonDocument& config,
                                             const Request& request, const policy::Policy& policy);

// The path of bulkhead-hook, which is installed beside the running program so that both are
// replaced together; empty when it is not there.
[[nodiscard]] std::string installed_hook();

}  // namespace bulkhead::admission
