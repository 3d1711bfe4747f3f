#include "cli/profiles/node_apparmor.h"

#include "admission/examine.h"
#include "admission/load_apparmor.h"
#include "kernel/apparmor/apparmor_load.h"

namespace bulkhead::cli {

base::Result<kernel::AppArmorPlaces> apparmor_places_of(const Environment& environment) {
  const auto policy = admission::load_policy(environment.paths);
  if (!policy) return std::unexpected(policy.error());
  auto places = admission::apparmor_places(*policy, environment.paths);
  places.securityfs = environment.root + places.securityfs;
  return places;
}

base::Result<policy::AppArmorDialect> apparmor_dialect_of(const Environment& environment) {
  const auto places = apparmor_places_of(environment);
  if (!places) return std::unexpected(places.error());
  policy::AppArmorDialect dialect = kernel::dialect_of(*places);
  if (dialect.abi.empty()) dialect.abi = "abi/3.0";
  return dialect;
}

}  // namespace bulkhead::cli
