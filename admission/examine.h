// From documents and node to a decision: the stages that shim, hook and `bulkhead check` share.
//
//   load_policy → open config.json → read_runtime_spec → identify → gather facts → decide
//
// Nothing is changed here: the shim and the hook carry out what was decided.
#pragma once

#include <string>
#include <variant>

#include "base/error.h"
#include "base/paths.h"
#include "oci-config/bundle.h"
#include "oci-config/runtime_spec.h"
#include "policy/decide/decide.h"

namespace bulkhead::admission {

// Reads /etc/bulkhead/policy.json and policy.d/*.json (by name). No file: the built-in policy. A
// file that cannot be read or is not valid is an error (code policy): every container is then
// refused.
[[nodiscard]] base::Result<policy::Policy> load_policy(const base::Paths& paths);

// What a program knows of the container beside its documents.
struct Request {
  policy::Invocation invocation;
  std::string runtime_path;  // of the real runtime, for its features; empty: unknown
  base::Paths paths;
};

struct Examined {
  oci_config::RuntimeSpec spec;
  policy::Identity identity;
  policy::NodeFacts facts;
  policy::Decision decision;
};

// Everything after the document is open. Errors: invalid_input (config.json), kernel (probing).
[[nodiscard]] base::Result<Examined> examine(const oci_config::JsonDocument& config,
                                             const Request& request, const policy::Policy& policy);

// The profiles, kernel and runtime facts that decide() needs for this container, and no more.
[[nodiscard]] base::Result<policy::NodeFacts> gather_facts(const oci_config::RuntimeSpec& spec,
                                                           const policy::Identity& identity,
                                                           const policy::Policy& policy,
                                                           const Request& request);

// The path of bulkhead-hook, which is installed beside the running program so that both are
// replaced together; empty when it is not there.
[[nodiscard]] std::string installed_hook();

// A refusal as an Error (code refused), so that it travels like any other failure.
[[nodiscard]] base::Error to_error(const policy::Refusal& refusal,
                                   const policy::Identity& identity);

}  // namespace bulkhead::admission
