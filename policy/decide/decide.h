// The whole product in one signature:
//
//   decide(RuntimeSpec, Identity, ContainerPolicy, NodeFacts) -> Plan | Refusal
//
// Pure: no I/O, no clock, no log. tests/tables/decide.table is its table of cases.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "oci-config/runtime_spec.h"
#include "oci-config/spec_edit.h"
#include "policy/decide/container_policy.h"
#include "policy/settings/policy.h"
#include "policy/values/finding.h"
#include "policy/values/identity.h"
#include "policy/values/isolation.h"
#include "policy/values/node_facts.h"
#include "policy/values/record_request.h"

namespace bulkhead::policy {

// Why one thing is as it is: "seccomp: runtime/default, because config.json asks for none
// (seccomp.unset = runtime-default, built-in)".
struct Reason {
  std::string subject;  // "seccomp", "apparmor", "no_new_privileges", "capabilities", …
  std::string sentence;
  std::string because;  // the node owner's words when a rule weakened it; else empty
  bool operator==(const Reason&) const = default;
};

struct PlannedSeccomp {
  ProfileRef source = ProfileRef::unconfined();  // what the filter comes from
  std::string source_path;                       // of a localhost profile
  std::string source_sha256;                     // of a localhost profile's file
  // What must hold, expanded for the container; absent only when a rule with `because` (or the
  // policy's own `keep`) lets it go unconfined.
  std::optional<oci_config::SeccompProfile> profile;
  bool clamped = false;             // `profile` is not the source's: the policy took from it
  bool less_denied = false;         // seccomp.deny took calls away, by `profile` or by `stacked`
  bool less_architectures = false;  // `profile` has lost some by seccomp.architectures
  // A second filter that must hold beside `profile`, and that the gate installs: the floor, where
  // no single profile says what both allow.
  std::optional<oci_config::SeccompProfile> stacked;
  std::string voided_by;  // a kept annotation that replaces the filter: neither of both is claimed
  // oci_config::filter_json(*profile), which the filter depends on; empty where there is none.
  std::string text;
  bool is_fallback = false;  // it is the node's runtime/default, also where config.json holds it
  LogDenials log_denials = LogDenials::no;
  LogFlag log_flag = LogFlag::unseen;  // what is known of the runtime
  // Why the kernel will not log what `profile` denies; empty where it will.
  std::string unlogged;
  // The denied calls that a runtime's libseccomp may not know, so that it leaves their rules out:
  // the gate installs these denials beside the filter of the runtime.
  std::vector<std::string> may_be_skipped;
  // The runtime is told of no filter, and the gate installs this one (seccomp_loader.h).
  bool loaded_by_gate = false;
  // The runtime puts ENOSYS for calls newer than the profile in front of its filter
  // (policy/filter/enosys_stub.h), and so does the gate for one that stands in its place.
  bool has_enosys_stub = false;

  // What events and records say of it: "runtime/default", "localhost/…", "config", "unconfined";
  // with " less seccomp.deny" and " less other architectures" where these took something away.
  [[nodiscard]] std::string told_source() const;
};

struct PlannedAppArmor {
  bool available = false;
  ProfileRef source = ProfileRef::unconfined();
  std::string label;  // the profile name that must hold; empty where none must
  bool load = false;  // the hook must load it before the runtime applies it
  // The policy keeps a profile that is in complain or unconfined mode (apparmor.complain).
  bool complain_accepted = false;
  // The recording profile that is stacked under `label` (policy/values/apparmor_recorder.h). Empty
  // where what AppArmor sees is not recorded, and why not.
  std::string recorder = {};
  std::string unrecorded = {};
};

struct PlannedProcess {
  bool no_new_privileges = false;
  oci_config::CapabilitySets capabilities;
  // Of one that joins: it has no capability beyond its container's (exec.capabilities).
  bool bounded_by_container = true;
  PlannedUser user;
};

// What must hold and config.json, as it was read, does not say: the edit brings it about, or for a
// hook, whose edits reach nobody, the gate (policy/decide/gate_need.h).
struct Missing {
  bool filter = false;                    // PlannedSeccomp::profile
  bool label = false;                     // PlannedAppArmor::label
  std::vector<std::string> out_of_reach;  // the edit's alone: "capabilities (/process/…)"
};

// By what the gate tells the container's program from the runtime's own work.
struct PlannedStart {
  std::vector<std::string> hook_paths;  // of every hook that config.json declares
  bool has_create_container_hooks = false;
  // No namespace of its own, so that its program may be where the runtime is.
  bool shares_everything = false;
};

struct Refusal {
  std::vector<Finding> reasons;  // at least one, severity error
  // The reasons as one sentence, with what to do: for stderr and the engine's log.
  [[nodiscard]] std::string sentence() const;
  bool operator==(const Refusal&) const = default;
};

struct Plan {
  Mode mode = Mode::enforce;
  PlannedSeccomp seccomp;
  PlannedAppArmor apparmor;
  PlannedProcess process;
  PlannedPaths paths;
  std::vector<PlannedNamespace> namespaces;
  Prove prove = Prove::always;
  oci_config::SpecEdit edit;  // empty in observe mode
  Missing missing;            // nothing in observe mode
  PlannedStart start;
  std::optional<RecordRequest> record;  // what it does is recorded; changes nothing else here
  std::vector<Reason> reasons;
  std::vector<Finding> findings;
  // In observe mode: what enforce would have done.
  oci_config::SpecEdit withheld_edit;
  Missing withheld_missing;
  std::optional<Refusal> would_refuse;
  // No program can be executed under the planned filter, whatever the runtime does, which would
  // tell its engine that all is well before it finds that out (why_it_cannot_start()).
  bool cannot_start = false;
};

using Decision = std::variant<Plan, Refusal>;

// The localhost seccomp profiles (ProfileRef::name()) whose content decide() needs for this
// container: the caller reads them into NodeFacts::seccomp_profiles.
[[nodiscard]] std::vector<ProfileRef> profiles_needed(const EffectiveSettings& settings);

[[nodiscard]] Decision decide(const oci_config::RuntimeSpec& spec, const Identity& identity,
                              const ContainerPolicy& policy, const NodeFacts& facts);

// A container that runs, as a process finds it that joins.
struct RunningContainer {
  const oci_config::RuntimeSpec& spec;  // as its runtime keeps it
  bool recorded = false;                // Bulkhead started it, and knows what it holds
};

// The same for a process that joins a running container: never weaker than the container's own
// configuration (its AppArmor profile, no_new_privileges, dropped capabilities). The plan's edit
// applies to process.json. Seccomp of an exec comes from the container's stored configuration;
// where Bulkhead did not start the container, what the policy says of such a container holds as
// well, and Missing::filter has the gate install it.
[[nodiscard]] Decision decide_exec(const oci_config::ProcessSpec& process,
                                   const RunningContainer& container, const Identity& identity,
                                   const ContainerPolicy& policy, const NodeFacts& facts);

// The finding of decide_exec() that tells which capabilities an exec asked for and the container
// does not have.
inline constexpr std::string_view kExecCapabilities = "exec-capabilities";

// The finding of decide() under which no program of the C libraries that are known reaches main().
inline constexpr std::string_view kDeniesProgramNeeds = "denies-program-needs";

// Whether it tells what keeps the container from reaching its program, of the runtime's own needs
// (kDeniesRuntimeNeeds) or the program's.
[[nodiscard]] bool keeps_from_starting(const Finding& finding);

// These findings as the reasons of a refusal, of a plan with Plan::cannot_start.
[[nodiscard]] Refusal why_it_cannot_start(const Plan& plan);

// What comes back from a checkpoint has executed its program: nothing keeps it from starting.
void take_as_started(Plan& plan);

}  // namespace bulkhead::policy
