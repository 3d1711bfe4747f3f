#include "policy/values/apparmor_mode.h"

namespace bulkhead::policy {

std::string_view name_of(AppArmorMode mode) {
  switch (mode) {
    case AppArmorMode::enforce: return "enforce";
    case AppArmorMode::complain: return "complain";
    case AppArmorMode::kill: return "kill";
    case AppArmorMode::unconfined: return "unconfined";
  }
  return "unconfined";
}

std::optional<AppArmorMode> apparmor_mode_named(std::string_view name) {
  for (const AppArmorMode mode : {AppArmorMode::enforce, AppArmorMode::complain, AppArmorMode::kill,
                                  AppArmorMode::unconfined}) {
    if (name_of(mode) == name) return mode;
  }
  return std::nullopt;
}

bool confines(AppArmorMode mode) {
  switch (mode) {
    case AppArmorMode::enforce:
    case AppArmorMode::kill: return true;
    case AppArmorMode::complain:
    case AppArmorMode::unconfined: return false;
  }
  return false;
}

bool confines(std::string_view mode) {
  const auto known = apparmor_mode_named(mode);
  return known && confines(*known);
}

}  // namespace bulkhead::policy
