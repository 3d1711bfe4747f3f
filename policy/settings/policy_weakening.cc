#include "policy/settings/policy_weakening.h"

#include <algorithm>

#include "base/text.h"

namespace bulkhead::policy {

namespace {

using Strings = std::vector<std::string>;
using Floor = std::optional<ProfileRef>;

// ---- is a weaker than b? ----------------------------------------------------------------------

int strictness(Unset value) {
  switch (value) {
    case Unset::keep: return 0;
    case Unset::runtime_default: return 1;
    case Unset::refuse: return 2;
  }
  return 0;
}

// set and require end in the same state of the process; keep may not.
int strictness(KeepSetRequire value) { return value == KeepSetRequire::keep ? 0 : 1; }
int strictness(KeepOrRefuse value) { return value == KeepOrRefuse::keep ? 0 : 1; }

template <class T>
bool weaker(const T& rule, const T& around) {
  return strictness(rule) < strictness(around);
}
// Equal floors are equal; any floor is stricter than none; two different ones cannot be compared
// here.
bool weaker(const Floor& rule, const Floor& around) { return around && rule != around; }

bool has(const Strings& list, const std::string& word) {
  return std::ranges::find(list, word) != list.end();
}

bool omits_any(const Strings& rule, const Strings& around) {
  return std::ranges::any_of(around, [&](const auto& word) { return !has(rule, word); });
}

std::string text_of(const Floor& floor) { return floor ? floor->text() : std::string("none"); }
template <class T>
std::string text_of(const T& value) {
  return std::string(name_of(value));
}

// ---- what is around a rule ---------------------------------------------------------------------

bool is_plain(const std::string& glob) { return glob.find_first_of("*?") == std::string::npos; }

bool exclude_each_other(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  if (!a || !b || *a == *b) return false;
  if (is_plain(*a)) return !base::glob_match(*b, *a);
  return is_plain(*b) && !base::glob_match(*a, *b);
}

bool may_overlap(const RuleMatch& a, const RuleMatch& b) {
  if (a.privileged && b.privileged && *a.privileged != *b.privileged) return false;
  return !exclude_each_other(a.engine, b.engine) &&
         !exclude_each_other(a.namespace_, b.namespace_) && !exclude_each_other(a.pod, b.pod) &&
         !exclude_each_other(a.container, b.container) && !exclude_each_other(a.image, b.image);
}

std::vector<const SettingsOverride*> settings_around(const Policy& policy, std::size_t index) {
  std::vector<const SettingsOverride*> around = {&policy.globals};
  for (std::size_t i = index + 1; i < policy.rules.size(); ++i) {
    if (may_overlap(policy.rules[index].match, policy.rules[i].match)) {
      around.push_back(&policy.rules[i].settings);
    }
  }
  return around;
}

class Collector {
 public:
  Collector(const SettingsOverride& rule, std::vector<const SettingsOverride*> around)
      : rule_(rule), around_(std::move(around)) {}

  template <class T>
  void compare(std::string_view name, std::optional<Setting<T>> SettingsOverride::*key) {
    if (!(rule_.*key)) return;
    for (const SettingsOverride* other : around_) {
      if (!(other->*key) || !weaker((rule_.*key)->value, (other->*key)->value)) continue;
      return add(name,
                 base::cat("'", text_of((rule_.*key)->value), "' where '",
                           text_of((other->*key)->value), "' holds otherwise"),
                 (rule_.*key)->origin);
    }
  }

  void unconfined(std::string_view name,
                  std::optional<Setting<ProfileRef>> SettingsOverride::*key) {
    if (!(rule_.*key) || (rule_.*key)->value.kind() != ProfileKind::unconfined) return;
    add(name, "'unconfined'", (rule_.*key)->origin);
  }

  void dropped_capabilities() {
    if (!rule_.drop_capabilities) return;
    for (const SettingsOverride* other : around_) {
      if (!other->drop_capabilities) continue;
      if (!omits_any(rule_.drop_capabilities->value, other->drop_capabilities->value)) continue;
      return add("process.drop_capabilities", "leaves out what is dropped otherwise",
                 rule_.drop_capabilities->origin);
    }
  }

  void kept_annotations() {
    if (!rule_.keep_annotations || rule_.keep_annotations->value.empty()) return;
    add("annotations.keep", "annotations that can void a filter", rule_.keep_annotations->origin);
  }

  std::vector<Weakening> take() { return std::move(found_); }

 private:
  void add(std::string_view key, std::string change, const Origin& origin) {
    found_.push_back({std::string(key), std::move(change), origin});
  }

  const SettingsOverride& rule_;
  std::vector<const SettingsOverride*> around_;
  std::vector<Weakening> found_;
};

}  // namespace

std::vector<Weakening> weakenings(const Policy& policy, std::size_t index) {
  using Keys = SettingsOverride;
  Collector collector(policy.rules[index].settings, settings_around(policy, index));
  collector.unconfined("seccomp.profile", &Keys::seccomp_profile);
  collector.compare("seccomp.unset", &Keys::seccomp_unset);
  collector.compare("seccomp.floor", &Keys::seccomp_floor);
  collector.unconfined("apparmor.profile", &Keys::apparmor_profile);
  collector.compare("apparmor.unset", &Keys::apparmor_unset);
  collector.compare("apparmor.complain", &Keys::apparmor_complain);
  collector.compare("apparmor.unavailable", &Keys::apparmor_unavailable);
  collector.compare("process.no_new_privileges", &Keys::no_new_privileges);
  collector.dropped_capabilities();
  collector.compare("process.run_as_non_root", &Keys::run_as_non_root);
  collector.compare("process.read_only_rootfs", &Keys::read_only_rootfs);
  collector.kept_annotations();
  return collector.take();
}

}  // namespace bulkhead::policy
