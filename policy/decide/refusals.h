// Every reason for which decide() refuses a container, once. docs/refusals.md is checked against
// this table and profile_checks().
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace bulkhead::policy {

enum class RefusalId : std::uint8_t {
  annotation_hides_bundle,
  annotation_voids_filter,
  apparmor_not_enforcing,
  apparmor_not_loaded,
  apparmor_profile_invalid,
  apparmor_unavailable,
  apparmor_unset,
  capability_unknown,
  environment_voids_filter,
  identity_ambiguous,
  no_new_privileges_required,
  non_root_required,
  process_missing,
  read_only_rootfs_required,
  seccomp_above_floor,
  seccomp_deny_not_held,
  seccomp_floor_unusable,
  seccomp_profile_unusable,
  seccomp_taken_out,
  seccomp_unset,
  user_namespace_required,
};

struct RefusalRow {
  RefusalId id;
  std::string_view name;    // "seccomp-unset": Finding::check
  std::string_view when;    // one line for the documentation
  std::string_view remedy;  // what the person who reads it can do
};

// Sorted by name.
[[nodiscard]] std::span<const RefusalRow> refusal_table();
[[nodiscard]] const RefusalRow& row_of(RefusalId id);

}  // namespace bulkhead::policy
