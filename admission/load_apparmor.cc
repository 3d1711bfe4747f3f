#include "admission/load_apparmor.h"

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kernel/apparmor/apparmor_load.h"
#include "policy/decide/loaded_profile.h"
#include "policy/settings/policy.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::admission {

using base::cat;
using base::quoted;
using base::Result;
using policy::Severity;

namespace {

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

}  // namespace

kernel::AppArmorPlaces apparmor_places(const policy::Policy& policy, const base::Paths& paths) {
  kernel::AppArmorPlaces places;
  places.roots = policy.apparmor_roots.value;
  places.cache = paths.cache;
  places.state = paths.state;
  return places;
}

Result<void> load_apparmor(policy::Plan& plan, const kernel::AppArmorPlaces& places) {
  if (!plan.apparmor.load || plan.mode == policy::Mode::observe) return {};
  const auto ensured = kernel::ensure_loaded(plan.apparmor.label, places);
  if (!ensured) return std::unexpected(ensured.error());
  for (const kernel::EnsuredProfile& profile : *ensured) {
    note_loaded(plan, profile);
    const policy::JustLoaded just_loaded{profile.loaded.name, profile.path, profile.loaded.mode};
    if (auto held = policy::hold_just_loaded(plan, just_loaded); !held) return held;
  }
  return {};
}

void note_stale_apparmor(policy::Plan& plan, const kernel::AppArmorPlaces& places) {
  if (!plan.apparmor.available || plan.apparmor.label.empty() || plan.apparmor.load) return;
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
