#include "policy/settings/policy.h"

#include <algorithm>

#include "base/text.h"

namespace bulkhead::policy {

std::string_view name_of(Mode value) {
  switch (value) {
    case Mode::enforce: return "enforce";
    case Mode::observe: return "observe";
  }
  return "enforce";
}

std::string_view name_of(Unset value) {
  switch (value) {
    case Unset::runtime_default: return "runtime-default";
    case Unset::refuse: return "refuse";
    case Unset::keep: return "keep";
  }
  return "refuse";
}

std::string_view name_of(NotLoaded value) {
  switch (value) {
    case NotLoaded::load: return "load";
    case NotLoaded::refuse: return "refuse";
  }
  return "refuse";
}

std::string_view name_of(KeepOrRefuse value) {
  switch (value) {
    case KeepOrRefuse::keep: return "keep";
    case KeepOrRefuse::refuse: return "refuse";
  }
  return "refuse";
}

std::string_view name_of(FloorAction value) {
  switch (value) {
    case FloorAction::refuse: return "refuse";
    case FloorAction::clamp: return "clamp";
  }
  return "refuse";
}

std::string_view name_of(LogDenials value) {
  switch (value) {
    case LogDenials::no: return "false";
    case LogDenials::yes: return "true";
    case LogDenials::always: return "always";
  }
  return "true";
}

std::string_view name_of(KeepSetRequire value) {
  switch (value) {
    case KeepSetRequire::keep: return "keep";
    case KeepSetRequire::set: return "set";
    case KeepSetRequire::require: return "require";
  }
  return "require";
}

std::string_view name_of(Prove value) {
  switch (value) {
    case Prove::always: return "always";
    case Prove::when_installing: return "when-installing";
    case Prove::never: return "never";
  }
  return "always";
}

namespace {

SettingsOverride built_in_settings() {
  SettingsOverride settings;
  settings.seccomp_unset = {Unset::runtime_default, {}};
  settings.seccomp_floor = Setting<std::optional<ProfileRef>>{};
  settings.seccomp_floor_action = {FloorAction::refuse, {}};
  settings.seccomp_log_denials = {LogDenials::yes, {}};
  settings.apparmor_unset = {Unset::runtime_default, {}};
  settings.apparmor_not_loaded = {NotLoaded::load, {}};
  settings.apparmor_complain = {KeepOrRefuse::refuse, {}};
  settings.apparmor_unavailable = {KeepOrRefuse::keep, {}};
  settings.no_new_privileges = {KeepSetRequire::keep, {}};
  settings.drop_capabilities = Setting<std::vector<std::string>>{};
  settings.run_as_non_root = {KeepSetRequire::keep, {}};
  settings.read_only_rootfs = {KeepSetRequire::keep, {}};
  settings.keep_annotations = Setting<std::vector<std::string>>{};
  return settings;
}

// A glob over a name that the container does not have matches nothing, not even "*": a rule for
// "any namespace" is a rule for containers in a namespace.
bool glob_holds(const std::optional<std::string>& glob, std::string_view value) {
  return !glob || (!value.empty() && base::glob_match(*glob, value));
}

// Fills the effective settings key by key and notes which rules did.
class Resolver {
 public:
  Resolver(const Policy& policy, const Identity& identity) : policy_(policy) {
    for (const Rule& rule : policy.rules) {
      if (matches(rule.match, identity)) matching_.push_back(&rule);
    }
    decided_.resize(matching_.size(), false);
  }

  template <class T>
  Setting<T> setting(std::optional<Setting<T>> SettingsOverride::*key) {
    auto chosen = rule_setting(key);
    return chosen ? *std::move(chosen) : (policy_.globals.*key).value_or(Setting<T>{});
  }

  template <class T>
  std::optional<Setting<T>> rule_setting(std::optional<Setting<T>> SettingsOverride::*key) {
    for (std::size_t i = 0; i < matching_.size(); ++i) {
      const auto& candidate = matching_[i]->settings.*key;
      if (!candidate) continue;
      decided_[i] = true;
      return candidate;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::vector<EffectiveSettings::AppliedRule> applied_rules() const {
    std::vector<EffectiveSettings::AppliedRule> applied;
    for (std::size_t i = 0; i < matching_.size(); ++i) {
      if (decided_[i]) applied.push_back({matching_[i]->name, matching_[i]->because});
    }
    return applied;
  }

 private:
  const Policy& policy_;
  std::vector<const Rule*> matching_;
  std::vector<bool> decided_;
};

}  // namespace

Policy built_in_policy() {
  Policy policy;
  policy.mode = {Mode::enforce, {}};
  policy.prove = {Prove::always, {}};
  policy.seccomp_roots = {{"/var/lib/kubelet/seccomp", "/etc/bulkhead/seccomp"}, {}};
  policy.apparmor_roots = {{"/etc/apparmor.d"}, {}};
  policy.runtimes = {{"runc", "crun"}, {}};
  policy.globals = built_in_settings();
  return policy;
}

bool matches(const RuleMatch& match, const Identity& identity) {
  const std::string_view engine =
      identity.engine == Engine::unknown ? std::string_view() : name_of(identity.engine);
  return glob_holds(match.engine, engine) && glob_holds(match.namespace_, identity.namespace_) &&
         glob_holds(match.pod, identity.pod) && glob_holds(match.container, identity.container) &&
         glob_holds(match.image, identity.image) &&
         (!match.privileged || *match.privileged == identity.privileged);
}

EffectiveSettings effective_settings(const Policy& policy, const Identity& identity) {
  using Keys = SettingsOverride;
  Resolver resolver(policy, identity);
  EffectiveSettings settings;
  settings.seccomp_profile = resolver.rule_setting(&Keys::seccomp_profile);
  settings.seccomp_unset = resolver.setting(&Keys::seccomp_unset);
  settings.seccomp_floor = resolver.setting(&Keys::seccomp_floor);
  settings.seccomp_floor_action = resolver.setting(&Keys::seccomp_floor_action);
  settings.seccomp_log_denials = resolver.setting(&Keys::seccomp_log_denials);
  settings.apparmor_profile = resolver.rule_setting(&Keys::apparmor_profile);
  settings.apparmor_unset = resolver.setting(&Keys::apparmor_unset);
  settings.apparmor_not_loaded = resolver.setting(&Keys::apparmor_not_loaded);
  settings.apparmor_complain = resolver.setting(&Keys::apparmor_complain);
  settings.apparmor_unavailable = resolver.setting(&Keys::apparmor_unavailable);
  settings.no_new_privileges = resolver.setting(&Keys::no_new_privileges);
  settings.drop_capabilities = resolver.setting(&Keys::drop_capabilities);
  settings.run_as_non_root = resolver.setting(&Keys::run_as_non_root);
  settings.read_only_rootfs = resolver.setting(&Keys::read_only_rootfs);
  settings.keep_annotations = resolver.setting(&Keys::keep_annotations);
  settings.applied_rules = resolver.applied_rules();
  return settings;
}

}  // namespace bulkhead::policy
