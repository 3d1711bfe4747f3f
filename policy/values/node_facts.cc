#include "policy/values/node_facts.h"

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

bool confines(AppArmorMode mode) {
  switch (mode) {
    case AppArmorMode::enforce:
    case AppArmorMode::kill: return true;
    case AppArmorMode::complain:
    case AppArmorMode::unconfined: return false;
  }
  return false;
}

}  // namespace bulkhead::policy
