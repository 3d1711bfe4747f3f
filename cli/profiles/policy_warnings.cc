#include "cli/profiles/policy_warnings.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/files.h"
#include "base/programs.h"
#include "base/text.h"
#include "cli/profiles/policy_command.h"
#include "policy/settings/settings_table.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::quoted;
using policy::Origin;
using policy::Policy;
using policy::ProfileKind;
using policy::ProfileRef;
using policy::Rule;

using Warnings = std::vector<std::string>;

void warn_of_profile(const Policy& policy, const ProfileRef& profile, const Origin& origin,
                     Warnings& warnings) {
  if (profile.kind() != ProfileKind::localhost) return;
  const auto& roots = policy.seccomp_roots.value;
  const bool is_there = std::ranges::any_of(roots, [&](const std::string& root) {
    return base::file_exists_at(AT_FDCWD, cat(root, '/', profile.name()));
  });
  if (is_there) return;
  warnings.push_back(cat(describe(origin), ": the seccomp profile ", quoted(profile.text()),
                         " is in none of ", base::join(roots, ", "),
                         ": every container that it would govern is refused"));
}

void warn_of_floor(const Policy& policy, const policy::Setting<policy::SeccompFloor>& floor,
                   Warnings& warnings) {
  if (floor.value) warn_of_profile(policy, *floor.value, floor.origin, warnings);
}

void warn_of_profiles(const Policy& policy, Warnings& warnings) {
  warn_of_floor(policy, policy.globals.seccomp_floor, warnings);
  for (const Rule& rule : policy.rules) {
    const auto& settings = rule.settings;
    if (settings.seccomp_floor) warn_of_floor(policy, *settings.seccomp_floor, warnings);
    if (!settings.seccomp_profile) continue;
    warn_of_profile(policy, settings.seccomp_profile->value, settings.seccomp_profile->origin,
                    warnings);
  }
}

bool can_be_executed(const std::string& runtime) {
  if (runtime.starts_with('/')) return ::access(runtime.c_str(), X_OK) == 0;
  return std::ranges::any_of(base::kProgramDirectories, [&](std::string_view directory) {
    return ::access(cat(directory, '/', runtime).c_str(), X_OK) == 0;
  });
}

void warn_of_runtimes(const Policy& policy, Warnings& warnings) {
  const auto& runtimes = policy.runtimes;
  if (std::ranges::any_of(runtimes.value, can_be_executed)) return;
  warnings.push_back(cat(describe(runtimes.origin), ": none of the runtimes ",
                         base::join(runtimes.value, ", "),
                         " can be executed: the shim starts nothing"));
}

bool matches_everything(const policy::RuleMatch& match) {
  return !match.engine && !match.namespace_ && !match.pod && !match.container && !match.image &&
         !match.privileged;
}

// Whether `earlier` sets all that `later` sets.
bool sets_all_of(const Rule& earlier, const Rule& later) {
  bool all = true;
  policy::for_each_setting(policy::kContainerSettings, [&](const auto& row) {
    if (row.member(later.settings) && !row.member(earlier.settings)) all = false;
  });
  return all;
}

void warn_of_hidden_rules(const Policy& policy, Warnings& warnings) {
  for (auto later = policy.rules.begin(); later != policy.rules.end(); ++later) {
    const auto hiding = std::find_if(policy.rules.begin(), later, [&](const Rule& earlier) {
      return matches_everything(earlier.match) && sets_all_of(earlier, *later);
    });
    if (hiding == later) continue;
    warnings.push_back(cat(describe(later->origin), ": the rule ", quoted(later->name),
                           " never decides anything: ", quoted(hiding->name), " (",
                           describe(hiding->origin),
                           ") is consulted before it, matches every container and sets the same"));
  }
}

}  // namespace

std::vector<std::string> policy_warnings(const Policy& policy) {
  Warnings warnings;
  warn_of_profiles(policy, warnings);
  warn_of_runtimes(policy, warnings);
  warn_of_hidden_rules(policy, warnings);
  for (const std::string& file : policy.ignored) {
    warnings.push_back(cat(file,
                           ": is not read: a policy's name ends in .json and does not begin "
                           "with a dot"));
  }
  return warnings;
}

}  // namespace bulkhead::cli
