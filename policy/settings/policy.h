// The node owner's policy as a value: what /etc/bulkhead/policy.json and policy.d/*.json say.
// policy/settings/settings_table.h describes each setting once, policy/settings/policy_reader.h
// reads them; docs/policy.md is for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/settings/metrics_address.h"
#include "policy/settings/setting.h"
#include "policy/values/identity.h"
#include "policy/values/profile_ref.h"
#include "policy/values/record_request.h"

namespace bulkhead::policy {

// The settings that hold for a container. A rule sets some of them (SettingsOverride); globally
// each but those of MaybeSetting has a value (GlobalSettings).
template <template <class> class Holder>
struct ContainerSettings {
  MaybeSetting<ProfileRef> seccomp_profile;  // that governs; none outside rules
  Holder<Unset> seccomp_unset;
  Holder<SeccompFloor> seccomp_floor;
  Holder<FloorAction> seccomp_floor_action;
  Holder<std::vector<std::string>> seccomp_deny;  // each as parse_call_pattern() reads it
  Holder<SeccompArchitectures> seccomp_architectures;
  Holder<LogDenials> seccomp_log_denials;
  Holder<SeccompLoader> seccomp_loader;
  MaybeSetting<ProfileRef> apparmor_profile;  // that governs; none outside rules
  Holder<Unset> apparmor_unset;
  Holder<NotLoaded> apparmor_not_loaded;
  Holder<KeepOrRefuse> apparmor_complain;
  Holder<KeepOrRefuse> apparmor_unavailable;
  Holder<KeepSetRequire> no_new_privileges;
  Holder<std::vector<std::string>> drop_capabilities;
  Holder<KeepOrRequire> run_as_non_root;
  Holder<KeepSetRequire> read_only_rootfs;
  Holder<KeepOrRequire> user_namespace;
  Holder<ExecCapabilities> exec_capabilities;
  Holder<std::vector<std::string>> keep_annotations;  // crun's filter-voiding ones
  MaybeSetting<RecordRequest> record;                 // none outside rules
};

using SettingsOverride = ContainerSettings<MaybeSetting>;
using GlobalSettings = ContainerSettings<Setting>;

// The settings of the node as a whole, which no rule changes.
struct NodeSettings {
  Setting<Mode> mode;
  Setting<Prove> prove;
  Setting<std::vector<std::string>> seccomp_roots;
  Setting<std::vector<std::string>> apparmor_roots;
  Setting<std::vector<std::string>> runtimes;
  Setting<std::vector<TrustedRuntime>> runtimes_trusted_unproved;
  Setting<std::optional<MetricsAddress>> metrics_listen;  // nullopt inside: "none"
  Setting<MetricsReach> metrics_reach;
  Setting<BacklogLimit> audit_backlog_limit;
};

// Globs over the identity; absent means any. All that are given must match.
struct RuleMatch {
  std::optional<std::string> engine, namespace_, pod, container, image;
  std::optional<bool> privileged;
};

struct Rule {
  std::string name;
  RuleMatch match;
  std::string because;  // required where the rule weakens anything
  SettingsOverride settings;
  Origin origin;
};

struct Policy : NodeSettings {
  GlobalSettings globals;
  std::vector<Rule> rules;           // in the order in which they are consulted
  std::vector<Rule> recordings;      // of record.d: they say nothing but what is recorded
  std::vector<std::string> files;    // that were read, in order
  std::vector<std::string> ignored;  // in policy.d, and no policy by their names
};

// The entry by which the node's owner trusts this runtime unproved; null where there is none. An
// entry with a path is of that path alone, one with a name of every program of that name.
[[nodiscard]] const TrustedRuntime* trusted_unproved(const NodeSettings& settings,
                                                     std::string_view runtime_path);

// In force when there is no file: the first example of docs/policy.md.
[[nodiscard]] Policy built_in_policy();

// Every setting with the value that holds for one container, and where it comes from.
struct EffectiveSettings : GlobalSettings {
  // The rules that set something for this container, with their `because` where they have one.
  struct AppliedRule {
    std::string name;
    std::string because;
  };
  std::vector<AppliedRule> applied_rules;
};

[[nodiscard]] bool matches(const RuleMatch& match, const Identity& identity);

// For each key the first matching rule that sets it wins; else the global setting. A container that
// no rule has recorded is asked for in `recordings`.
[[nodiscard]] EffectiveSettings effective_settings(const Policy& policy, const Identity& identity);

}  // namespace bulkhead::policy
