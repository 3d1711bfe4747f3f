// The node owner's policy as a value: what /etc/bulkhead/policy.json and policy.d/*.json say.
// policy/settings/policy_reader.h reads it; docs/policy.md describes every key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/settings/metrics_address.h"
#include "policy/values/finding.h"
#include "policy/values/identity.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::policy {

enum class Mode : std::uint8_t { enforce, observe };
enum class Unset : std::uint8_t { runtime_default, refuse, keep };
enum class NotLoaded : std::uint8_t { load, refuse };
enum class KeepOrRefuse : std::uint8_t { keep, refuse };
enum class FloorAction : std::uint8_t { refuse, clamp };
// Whether the kernel logs what a filter denies: not; where it costs nothing, which is where the
// runtime takes the flag or the gate installs the filter; or always, by a second, identical filter
// of the gate's.
enum class LogDenials : std::uint8_t { no, yes, always };
enum class KeepSetRequire : std::uint8_t { keep, set, require };
enum class Prove : std::uint8_t { always, when_installing, never };

[[nodiscard]] std::string_view name_of(Mode value);
[[nodiscard]] std::string_view name_of(Unset value);
[[nodiscard]] std::string_view name_of(NotLoaded value);
[[nodiscard]] std::string_view name_of(KeepOrRefuse value);
[[nodiscard]] std::string_view name_of(FloorAction value);
[[nodiscard]] std::string_view name_of(LogDenials value);  // "false", "true", "always"
[[nodiscard]] std::string_view name_of(KeepSetRequire value);
[[nodiscard]] std::string_view name_of(Prove value);

// Where a value comes from: "built-in", or a file with the pointer of the key.
struct Origin {
  std::string file = "built-in";
  std::string pointer;
  unsigned line = 0;
  std::string rule;  // name of the rule that set it; empty for a global setting
  bool operator==(const Origin&) const = default;
};

template <class T>
struct Setting {
  T value{};
  Origin origin;
};

// The settings that a rule may override. In Policy::globals every one holds a value; in a rule only
// those that the rule names.
struct SettingsOverride {
  std::optional<Setting<ProfileRef>> seccomp_profile;  // rules only: the profile that governs
  std::optional<Setting<Unset>> seccomp_unset;
  std::optional<Setting<std::optional<ProfileRef>>> seccomp_floor;  // nullopt inside: "none"
  std::optional<Setting<FloorAction>> seccomp_floor_action;
  std::optional<Setting<LogDenials>> seccomp_log_denials;
  std::optional<Setting<ProfileRef>> apparmor_profile;  // rules only
  std::optional<Setting<Unset>> apparmor_unset;
  std::optional<Setting<NotLoaded>> apparmor_not_loaded;
  std::optional<Setting<KeepOrRefuse>> apparmor_complain;
  std::optional<Setting<KeepOrRefuse>> apparmor_unavailable;
  std::optional<Setting<KeepSetRequire>> no_new_privileges;
  std::optional<Setting<std::vector<std::string>>> drop_capabilities;
  std::optional<Setting<KeepSetRequire>> run_as_non_root;  // keep or require
  std::optional<Setting<KeepSetRequire>> read_only_rootfs;
  std::optional<Setting<std::vector<std::string>>> keep_annotations;  // crun's filter-voiding ones
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

struct Policy {
  Setting<Mode> mode;
  Setting<Prove> prove;
  Setting<std::vector<std::string>> seccomp_roots;
  Setting<std::vector<std::string>> apparmor_roots;
  Setting<std::vector<std::string>> runtimes;
  Setting<std::optional<MetricsAddress>> metrics_listen;  // nullopt inside: "none"
  Setting<MetricsReach> metrics_reach;
  // What `bulkhead watch` raises the kernel's audit backlog limit to; nullopt inside: "keep".
  Setting<std::optional<std::uint32_t>> audit_backlog_limit;
  SettingsOverride globals;
  std::vector<Rule> rules;         // in the order in which they are consulted
  std::vector<std::string> files;  // that were read, in order
};

// The built-in default, in force when there is no file (docs/policy.md).
[[nodiscard]] Policy built_in_policy();

// Every setting with the value that holds for one container, and where it comes from.
struct EffectiveSettings {
  std::optional<Setting<ProfileRef>> seccomp_profile;
  Setting<Unset> seccomp_unset;
  Setting<std::optional<ProfileRef>> seccomp_floor;
  Setting<FloorAction> seccomp_floor_action;
  Setting<LogDenials> seccomp_log_denials;
  std::optional<Setting<ProfileRef>> apparmor_profile;
  Setting<Unset> apparmor_unset;
  Setting<NotLoaded> apparmor_not_loaded;
  Setting<KeepOrRefuse> apparmor_complain;
  Setting<KeepOrRefuse> apparmor_unavailable;
  Setting<KeepSetRequire> no_new_privileges;
  Setting<std::vector<std::string>> drop_capabilities;
  Setting<KeepSetRequire> run_as_non_root;
  Setting<KeepSetRequire> read_only_rootfs;
  Setting<std::vector<std::string>> keep_annotations;
  // The rules that set something for this container, with their `because` where they have one.
  struct AppliedRule {
    std::string name;
    std::string because;
  };
  std::vector<AppliedRule> applied_rules;
};

[[nodiscard]] bool matches(const RuleMatch& match, const Identity& identity);

// For each key the first matching rule that sets it wins; else the global setting.
[[nodiscard]] EffectiveSettings effective_settings(const Policy& policy, const Identity& identity);

}  // namespace bulkhead::policy
