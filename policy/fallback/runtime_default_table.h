// The fallback as constant data: what the shim expands without reading any JSON. The rows are
// printed by policy/fallback/generate_runtime_default.cc from policy/fallback/runtime_default.json.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "oci-config/runtime_spec.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::policy {

// includes or excludes of a rule. Zero stands for a list or version that is not given.
struct DefaultCondition {
  oci_config::CapabilityMask capabilities = 0;
  std::uint32_t arches = 0;  // bit n: SeccompArch n
  oci_config::KernelVersion min_kernel;
};

struct DefaultRule {
  oci_config::ActionData action;
  DefaultCondition includes;
  DefaultCondition excludes;
  std::span<const std::string_view> names;
  std::span<const oci_config::ArgCondition> args;
  std::string_view oci_json;  // the rule as an element of linux.seccomp.syscalls
};

struct DefaultArches {
  oci_config::SeccompArch native;
  std::span<const oci_config::SeccompArch> all;  // the native one first
};

}  // namespace bulkhead::policy
