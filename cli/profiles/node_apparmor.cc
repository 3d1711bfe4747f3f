#include "cli/profiles/node_apparmor.h"

#include "admission/examine.h"
#include "admission/load_apparmor.h"

namespace bulkhead::cli {

base::Result<kernel::AppArmorPlaces> apparmor_places_of(const Environment& environment) {
  const auto policy = admission::load_policy(environment.paths);
  if (!policy) return std::unexpected(policy.error());
  auto places = admission::apparmor_places(*policy, environment.paths);
  places.securityfs = environment.root + places.securityfs;
  return places;
}

}  // namespace bulkhead::cli
