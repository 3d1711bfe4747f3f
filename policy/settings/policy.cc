#include "policy/settings/policy.h"

#include <type_traits>

#include "policy/settings/rule_match.h"
#include "policy/settings/settings_table.h"

namespace bulkhead::policy {

namespace {

// Settings of which every member is what `make` says of its row.
template <class Settings, class Table>
Settings settings_made(const Table& table, auto make) {
  return std::apply([&](const auto&... row) { return Settings{make(row)...}; }, table);
}

// Finds the effective settings row by row and notes which rules set any.
class Resolver {
 public:
  Resolver(const Policy& policy, const Identity& identity) : policy_(policy) {
    for (const Rule& rule : policy.rules) {
      if (matches(rule.match, identity)) matching_.push_back(&rule);
    }
    decided_.resize(matching_.size(), false);
  }

  auto operator()(const auto& row) {
    auto chosen = row.member(policy_.globals);
    for (std::size_t i = 0; i < matching_.size(); ++i) {
      const auto& candidate = row.member(matching_[i]->settings);
      if (!candidate) continue;
      decided_[i] = true;
      chosen = *candidate;
      break;
    }
    return chosen;
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

MaybeSetting<RecordRequest> recording_of(const std::vector<Rule>& recordings,
                                         const Identity& identity) {
  for (const Rule& recording : recordings) {
    if (recording.settings.record && matches(recording.match, identity)) {
      return recording.settings.record;
    }
  }
  return std::nullopt;
}

}  // namespace

Policy built_in_policy() {
  constexpr auto kMake = [](const auto& row) { return built_in(row); };
  return {settings_made<NodeSettings>(kNodeSettings, kMake),
          settings_made<GlobalSettings>(kContainerSettings, kMake),
          {},
          {}};
}

const TrustedRuntime* trusted_unproved(const NodeSettings& settings,
                                       std::string_view runtime_path) {
  const std::string_view name = runtime_path.substr(runtime_path.rfind('/') + 1);
  for (const TrustedRuntime& trusted : settings.runtimes_trusted_unproved.value) {
    const bool is_path = trusted.runtime.starts_with('/');
    if (trusted.runtime == (is_path ? runtime_path : name)) return &trusted;
  }
  return nullptr;
}

bool matches(const RuleMatch& match, const Identity& identity) {
  return !first_mismatch(match, identity);
}

EffectiveSettings effective_settings(const Policy& policy, const Identity& identity) {
  Resolver resolver(policy, identity);
  EffectiveSettings settings{
      settings_made<GlobalSettings>(kContainerSettings,
                                    [&](const auto& row) { return resolver(row); }),
      {}};
  settings.applied_rules = resolver.applied_rules();
  if (!settings.record) settings.record = recording_of(policy.recordings, identity);
  return settings;
}

}  // namespace bulkhead::policy
