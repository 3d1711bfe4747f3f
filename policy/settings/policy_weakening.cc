#include "policy/settings/policy_weakening.h"

#include "policy/settings/rule_match.h"
#include "policy/settings/settings_table.h"

namespace bulkhead::policy {

namespace {

// The rules consulted after the one at `index` that may match the same container.
std::vector<const SettingsOverride*> rules_around(const Policy& policy, std::size_t index) {
  std::vector<const SettingsOverride*> around;
  for (std::size_t i = index + 1; i < policy.rules.size(); ++i) {
    if (!exclude_each_other(policy.rules[index].match, policy.rules[i].match)) {
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
