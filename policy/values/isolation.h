// What surrounds a container's program when it begins, as a plan has it: whom it runs as, which
// paths are hidden or read-only, its namespaces, and which descriptors it inherits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oci-config/runtime_spec.h"

namespace bulkhead::policy {

struct PlannedUser {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;  // supplementary ones
  // An annotation has the runtime keep the supplementary groups of its caller.
  bool keeps_caller_groups = false;
  // The ids above count in the container's user namespace, not in the one of the gate.
  bool in_user_namespace = false;
  // Of a new user namespace. Empty where config.json has none and where a namespace is joined: then
  // the kernel's own mappings of that namespace count.
  std::vector<oci_config::IdMapping> uid_mappings;
  std::vector<oci_config::IdMapping> gid_mappings;
};

struct PlannedPaths {
  std::vector<std::string> masked;     // linux.maskedPaths
  std::vector<std::string> read_only;  // linux.readonlyPaths
  bool root_read_only = false;
};

// What stat(2) says of a file of /proc/<pid>/ns, or of one that such a file is mounted on.
struct NamespaceId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const NamespaceId&) const = default;
};

struct PlannedNamespace {
  oci_config::NamespaceType type = oci_config::NamespaceType::mount;
  std::string path;  // of the namespace to join; empty: a new one
  // Of `path`, before the container was made; absent where it could not be looked at.
  std::optional<NamespaceId> joined;
};

// What the program may have open beyond its standard streams: 3 to 2 + preserved, as the caller of
// the runtime passes them on (--preserve-fds, LISTEN_FDS).
struct DescriptorAllowance {
  std::uint32_t preserved = 0;
};

}  // namespace bulkhead::policy
