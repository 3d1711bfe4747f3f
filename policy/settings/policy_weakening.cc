#include "policy/settings/policy_weakening.h"

#include "base/text.h"
#include "policy/settings/settings_table.h"

namespace bulkhead::policy {

namespace {

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

// The rules consulted after the one at `index` that may match the same container.
std::vector<const SettingsOverride*> rules_around(const Policy& policy, std::size_t index) {
  std::vector<const SettingsOverride*> around;
  for (std::size_t i = index + 1; i < policy.rules.size(); ++i) {
    if (may_overlap(policy.rules[index].match, policy.rules[i].match)) {
      around.push_back(&policy.rules[i].settings);
    }
  }
  return around;
}

template <class T>
const T* value_in(const Setting<T>& setting) {
  return &setting.value;
}
template <class T>
const T* value_in(const MaybeSetting<T>& setting) {
  return setting ? &setting->value : nullptr;
}

template <class Descriptor>
Around<typename Descriptor::Value> values_around(
    const Descriptor& row, const GlobalSettings& globals,
    const std::vector<const SettingsOverride*>& rules) {
  Around<typename Descriptor::Value> values;
  const auto add = [&](const auto* value) {
    if (value != nullptr) values.push_back(value);
  };
  add(value_in(row.member(globals)));
  for (const SettingsOverride* rule : rules) add(value_in(row.member(*rule)));
  return values;
}

}  // namespace

std::vector<Weakening> weakenings(const Policy& policy, std::size_t index) {
  const auto rules = rules_around(policy, index);
  std::vector<Weakening> found;
  for_each_setting(kContainerSettings, [&](const auto& row) {
    const auto& own = row.member(policy.rules[index].settings);
    if (!own) return;
    std::string change = row.weaker(own->value, values_around(row, policy.globals, rules));
    if (!change.empty()) found.push_back({std::string(row.key), std::move(change), own->origin});
  });
  return found;
}

}  // namespace bulkhead::policy
