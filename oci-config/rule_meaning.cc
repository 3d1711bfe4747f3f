#include "oci-config/rule_meaning.h"

namespace bulkhead::oci_config {

std::vector<std::vector<ArgCondition>> alternatives_of(
    const std::vector<ArgCondition>& conditions) {
  if (!repeated_index(conditions)) return {conditions};
  std::vector<std::vector<ArgCondition>> alternatives;
  for (const ArgCondition& condition : conditions) alternatives.push_back({condition});
  return alternatives;
}

bool has_wide_arguments(SeccompArch arch) {
  return arch == SeccompArch::x86_64 || arch == SeccompArch::aarch64;
}

}  // namespace bulkhead::oci_config
