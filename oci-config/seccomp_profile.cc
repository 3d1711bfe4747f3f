#include "oci-config/seccomp_profile.h"

#include <array>
#include <utility>

namespace bulkhead::oci_config {

std::optional<unsigned> repeated_index(const std::vector<ArgCondition>& conditions) {
  std::array<bool, 6> seen{};
  for (const ArgCondition& condition : conditions) {
    if (condition.index < seen.size() && std::exchange(seen[condition.index], true)) {
      return condition.index;
    }
  }
  return std::nullopt;
}

}  // namespace bulkhead::oci_config
