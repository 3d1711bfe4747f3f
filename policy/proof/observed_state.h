// What the kernel reports of a task: the truth that a plan is compared with.
// kernel/observe/observe.h reads it; tests write it down.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "oci-config/runtime_spec.h"
#include "policy/filter/filter.h"
#include "policy/values/isolation.h"

namespace bulkhead::policy {

// A task's AppArmor confinement as /proc/<pid>/attr/apparmor/current words it.
struct AppArmorLabel {
  std::string name;  // "k8s-my-app", "a//&b", "unconfined"
  std::string mode;  // "enforce", "complain", "kill", "mixed"; empty for unconfined
  // Of a stack with a recording profile: the mode of what is left without it, the weakest of its
  // members'. Empty where it could not be had.
  std::string mode_beside_recorder = {};
  bool operator==(const AppArmorLabel&) const = default;
};

using TaskIds = std::array<std::uint32_t, 4>;  // real, effective, saved, file system

// Whom a task runs as. All ids but those inside the mappings count in the user namespace of the
// observer.
struct ObservedUser {
  TaskIds uids = {};
  TaskIds gids = {};
  std::vector<std::uint32_t> groups;           // supplementary ones
  std::optional<std::uint32_t> program_owner;  // of a program with the set-user-ID bit
  std::optional<std::uint32_t> program_group;  // of a program with the set-group-ID bit
  bool groups_are_fixed = false;               // /proc/<pid>/setgroups says "deny"
  std::vector<std::uint32_t> caller_groups;    // the observer's own, as the engine started it
  // Of the task's user namespace; read only where config.json does not say them.
  std::vector<oci_config::IdMapping> uid_mappings;
  std::vector<oci_config::IdMapping> gid_mappings;
};

// What stands at a path inside the container, after following links as the container would.
enum class PathKind : std::uint8_t {
  absent,
  dangling,         // a symbolic link to nothing that the observer can see
  null_device,      // character device 1:3
  empty_directory,  // only told of a read-only one, on neither proc nor sysfs
  other,
};

struct ObservedPath {
  PathKind kind = PathKind::other;
  bool read_only = false;  // its mount
};

struct ObservedPaths {
  std::vector<ObservedPath> masked;     // in the order of PlannedPaths
  std::vector<ObservedPath> read_only;  // in the order of PlannedPaths
  bool root_read_only = false;
  bool working_directory_outside = false;  // on no mount below the task's root
};

struct ObservedNamespace {
  NamespaceId id;
  NamespaceId of_observer;
};

struct ObservedDescriptor {
  std::uint32_t number = 0;
  std::string target;  // what /proc/<pid>/fd/<number> leads to
};

struct ObservedState {
  std::vector<FilterProgram> filters;  // every installed filter, newest first
  std::optional<bool> newest_logs;     // it has SECCOMP_FILTER_FLAG_LOG; absent: not read. But for
                                       // one that stands beside, where the observer knew of it
  bool no_new_privileges = false;
  oci_config::CapabilitySets capabilities;
  AppArmorLabel apparmor;            // empty where the kernel has no AppArmor, or it was not asked
  std::optional<ObservedUser> user;  // this and what follows: where it was asked
  std::optional<ObservedPaths> paths;
  std::optional<std::vector<ObservedNamespace>> namespaces;    // in the order of the plan
  std::optional<std::vector<ObservedDescriptor>> descriptors;  // above 2
};

}  // namespace bulkhead::policy
