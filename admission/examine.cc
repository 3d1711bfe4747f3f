#include "admission/examine.h"

#include <utility>

namespace bulkhead::admission {

base::Result<Examined> examine(const oci_config::JsonDocument& config, const Request& request,
                               const policy::Policy& policy) {
  auto spec = oci_config::read_runtime_spec(config);
  if (!spec) return std::unexpected(std::move(spec.error()));
  auto found = survey(*spec, request, policy);
  if (!found) return std::unexpected(std::move(found.error()));
  policy::Decision decision = policy::decide(*spec, found->identity, found->policy, found->facts);
  return Examined{std::move(found->identity), std::move(decision)};
}

}  // namespace bulkhead::admission
