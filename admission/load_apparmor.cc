#include "admission/load_apparmor.h"

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kernel/apparmor/apparmor_load.h"
#include "policy/decide/refusals.h"
#include "policy/settings/policy.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::admission {

using base::cat;
using base::quoted;
using base::Result;
using policy::AppArmorMode;
using policy::Finding;
using policy::Severity;

namespace {

bool enforces(AppArmorMode mode) {
  switch (mode) {
    case AppArmorMode::enforce:
    case AppArmorMode::kill: return true;
    case AppArmorMode::complain:
    case AppArmorMode::unconfined: return false;
  }
  return false;
}

void note_loaded(policy::Plan& plan, const kernel::EnsuredProfile& profile) {
  if (!profile.loaded_now) return;
  const std::string from = profile.path.empty() ? "Bulkhead's own text" : quoted(profile.path);
  plan.findings.push_back(
      {.severity = Severity::note,
       .check = "apparmor-loaded",
       .pointer = {},
       .message = cat("the AppArmor profile ", quoted(profile.loaded.name), " was loaded from ",
                      from, profile.from_cache ? " (compiled before)" : ""),
       .remedy = {}});
}

// decide() could not see the mode of what was not loaded yet.
Result<void> hold_mode(policy::Plan& plan, const kernel::EnsuredProfile& profile,
                       const policy::EffectiveSettings& settings) {
  if (enforces(profile.loaded.mode)) return {};
  const auto& row = policy::row_of(policy::RefusalId::apparmor_not_enforcing);
  std::string message =
      cat("the AppArmor profile ", quoted(profile.loaded.name), " of ", quoted(profile.path),
          " does not enforce: it is in complain or unconfined mode (flags, or force-complain/)");
  if (settings.apparmor_complain.value == policy::KeepOrRefuse::refuse) {
    return base::fail(base::ErrorCode::refused, std::move(message), std::string(row.remedy));
  }
  plan.apparmor.complain_accepted = true;
  plan.findings.push_back({.severity = Severity::warning,
                           .check = std::string(row.name),
                           .pointer = "/process/apparmorProfile",
                           .message = std::move(message),
                           .remedy = "enforce it (aa-enforce)"});
  return {};
}

}  // namespace

kernel::AppArmorPlaces apparmor_places(const policy::Policy& policy, const base::Paths& paths) {
  kernel::AppArmorPlaces places;
  places.roots = policy.apparmor_roots.value;
  places.cache = paths.cache;
  places.state = paths.state;
  return places;
}

Result<void> load_apparmor(policy::Plan& plan, const policy::Identity& identity,
                           const policy::Policy& policy, const base::Paths& paths) {
  if (!plan.apparmor.load || plan.mode == policy::Mode::observe) return {};
  const auto ensured = kernel::ensure_loaded(plan.apparmor.label, apparmor_places(policy, paths));
  if (!ensured) return std::unexpected(ensured.error());
  const policy::EffectiveSettings settings = policy::effective_settings(policy, identity);
  for (const kernel::EnsuredProfile& profile : *ensured) {
    note_loaded(plan, profile);
    if (auto held = hold_mode(plan, profile, settings); !held) return held;
  }
  return {};
}

void note_stale_apparmor(policy::Plan& plan, const policy::Policy& policy,
                         const base::Paths& paths) {
  if (!plan.apparmor.available || plan.apparmor.label.empty() || plan.apparmor.load) return;
  const kernel::AppArmorPlaces places = apparmor_places(policy, paths);
  for (const auto member : policy::apparmor_stack_members(plan.apparmor.label)) {
    const auto loaded = kernel::find_loaded(member, places);
    if (!loaded) continue;
    const auto answer = kernel::freshness_of(*loaded, places, kernel::MayCompile::never);
    if (answer.freshness != kernel::Freshness::stale) continue;
    base::Error stale = kernel::stale_sentence(*loaded, answer.path);
    plan.findings.push_back({.severity = Severity::warning,
                             .check = "apparmor-stale",
                             .pointer = "/process/apparmorProfile",
                             .message = std::move(stale.message),
                             .remedy = std::move(stale.remedy)});
  }
}

}  // namespace bulkhead::admission
