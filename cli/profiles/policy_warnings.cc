#include "cli/profiles/policy_warnings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "admission/ignored_files.h"
#include "base/files.h"
#include "base/programs.h"
#include "base/text.h"
#include "cli/profiles/policy_command.h"
#include "kernel/apparmor/apparmor_loaded.h"
#include "kernel/apparmor/apparmor_source.h"
#include "policy/fallback/apparmor_default.h"
#include "policy/settings/rule_match.h"
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

bool others_may_write_it(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && base::others_may_write(status);
}

// The file or the directory in which it lies.
bool others_may_write(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return others_may_write_it(path) || others_may_write_it(directory);
}

// The file of a localhost profile, in the first directory that has it; empty where none has.
std::string seccomp_file(const Policy& policy, const ProfileRef& profile) {
  for (const std::string& root : policy.seccomp_roots.value) {
    std::string path = cat(root, '/', profile.name());
    if (base::file_exists_at(AT_FDCWD, path)) return path;
  }
  return {};
}

void warn_of_profile(const Policy& policy, const ProfileRef& profile, const Origin& origin,
                     Warnings& warnings) {
  if (profile.kind() != ProfileKind::localhost) return;
  const std::string path = seccomp_file(policy, profile);
  if (path.empty()) {
    warnings.push_back(cat(describe(origin), ": the seccomp profile ", quoted(profile.text()),
                           " is in none of ", base::join(policy.seccomp_roots.value, ", "),
                           ": every container that it would govern is refused"));
  } else if (others_may_write(path)) {
    warnings.push_back(cat(describe(origin), ": others than root may write ", quoted(path),
                           " or its directory, and so decide what it allows: chmod go-w them"));
  }
}

void warn_of_floor(const Policy& policy, const policy::Setting<policy::SeccompFloor>& floor,
                   Warnings& warnings) {
  if (floor.value) warn_of_profile(policy, *floor.value, floor.origin, warnings);
}

// What keeps the kernel from getting it; empty where nothing does.
std::string apparmor_trouble(std::string_view name, const kernel::AppArmorPlaces& places) {
  const bool is_whole_profile = !name.contains("//") && !name.starts_with(':');
  if (!is_whole_profile || name == policy::kDefaultProfileName) return {};
  if (kernel::find_listed(name, places)) return {};
  const auto source = kernel::look_for_profile_source(name, places);
  if (!source) return source.error().sentence();
  if (*source) return {};
  return cat("no file of ", base::join(places.roots, ", "), " defines the AppArmor profile ",
             quoted(name),
             ": unless it is loaded, every container that it would govern is refused");
}

void warn_of_apparmor(const policy::Setting<ProfileRef>& setting,
                      const kernel::AppArmorPlaces& places, Warnings& warnings) {
  if (setting.value.kind() != ProfileKind::localhost) return;
  for (const std::string_view name : policy::apparmor_stack_members(setting.value.name())) {
    const std::string trouble = apparmor_trouble(name, places);
    if (!trouble.empty()) warnings.push_back(cat(describe(setting.origin), ": ", trouble));
  }
}

void warn_of_profiles(const Policy& policy, const kernel::AppArmorPlaces& places,
                      Warnings& warnings) {
  warn_of_floor(policy, policy.globals.seccomp_floor, warnings);
  for (const Rule& rule : policy.rules) {
    const auto& settings = rule.settings;
    if (settings.seccomp_floor) warn_of_floor(policy, *settings.seccomp_floor, warnings);
    if (const auto& profile = settings.seccomp_profile) {
      warn_of_profile(policy, profile->value, profile->origin, warnings);
    }
    if (const auto& profile = settings.apparmor_profile)
      warn_of_apparmor(*profile, places, warnings);
  }
}

bool can_be_executed(const std::string& runtime) {
  if (runtime.starts_with('/')) return ::access(runtime.c_str(), X_OK) == 0;
  return std::ranges::any_of(base::kProgramDirectories, [&](std::string_view directory) {
    return ::access(cat(directory, '/', runtime).c_str(), X_OK) == 0;
  });
}

// One that is named by its path is meant to be there; of names, one is enough.
void warn_of_runtimes(const Policy& policy, Warnings& warnings) {
  const auto& runtimes = policy.runtimes;
  for (const std::string& runtime : runtimes.value) {
    if (!runtime.starts_with('/') || can_be_executed(runtime)) continue;
    warnings.push_back(cat(describe(runtimes.origin), ": the runtime ", quoted(runtime),
                           " cannot be executed: the shim passes it over"));
  }
  if (std::ranges::any_of(runtimes.value, can_be_executed)) return;
  warnings.push_back(cat(describe(runtimes.origin), ": none of the runtimes ",
                         base::join(runtimes.value, ", "),
                         " can be executed: the shim starts nothing"));
}

// What the node would not read as it is.
void warn_of_modes(const Policy& policy, Warnings& warnings) {
  for (const std::string& file : policy.files) {
    if (!others_may_write_it(file)) continue;
    warnings.push_back(cat(file,
                           ": others than root may write it: as the node's policy it refuses "
                           "every container; chown root:root and chmod go-w it"));
  }
}

// Whether `earlier` sets all that `later` sets.
bool sets_all_of(const Rule& earlier, const Rule& later) {
  bool all = true;
  policy::for_each_setting(policy::kContainerSettings, [&](const auto& row) {
    if (row.member(later.settings) && !row.member(earlier.settings)) all = false;
  });
  return all;
}

bool sets_nothing(const Rule& rule) {
  bool nothing = true;
  policy::for_each_setting(policy::kContainerSettings, [&](const auto& row) {
    if (row.member(rule.settings)) nothing = false;
  });
  return nothing;
}

std::string hidden_by(const Rule& earlier) {
  return cat(
      "never decides anything: ", quoted(earlier.name), " (", describe(earlier.origin),
      ") is consulted before it, matches every container that it matches, and sets the same");
}

// Why the rule changes nothing for any container; empty where it may.
std::string idleness(const Policy& policy, std::vector<Rule>::const_iterator rule) {
  if (sets_nothing(*rule)) return "sets nothing";
  const std::string_view key = policy::key_that_never_holds(rule->match);
  if (!key.empty()) {
    return cat("never matches: for containers of ", quoted(*rule->match.engine), " no ", key,
               " is told that their user could not have chosen");
  }
  const auto hiding = std::find_if(policy.rules.begin(), rule, [&](const Rule& earlier) {
    return policy::covers(earlier.match, rule->match) && sets_all_of(earlier, *rule);
  });
  return hiding == rule ? std::string() : hidden_by(*hiding);
}

void warn_of_idle_rules(const Policy& policy, Warnings& warnings) {
  for (auto rule = policy.rules.begin(); rule != policy.rules.end(); ++rule) {
    const std::string why = idleness(policy, rule);
    if (why.empty()) continue;
    warnings.push_back(cat(describe(rule->origin), ": the rule ", quoted(rule->name), ' ', why));
  }
}

}  // namespace

std::vector<std::string> policy_warnings(const Policy& policy,
                                         const kernel::AppArmorPlaces& places) {
  Warnings warnings;
  warn_of_profiles(policy, places, warnings);
  warn_of_runtimes(policy, warnings);
  warn_of_modes(policy, warnings);
  warn_of_idle_rules(policy, warnings);
  for (const std::string& file : policy.ignored) {
    warnings.push_back(cat(file, ": is ignored: ", admission::why_ignored(file)));
  }
  return warnings;
}

}  // namespace bulkhead::cli
