// What Bulkhead reads of an OCI runtime configuration (runtime-spec 1.0 to 1.2, config.md and
// config-linux.md), as a value.
//
// Members that Bulkhead does not know are left alone. Keys that differ from a known key of their
// object only in case are refused: Go's decoder (runc, containerd) matches keys regardless of case,
// with Unicode simple folding (U+017F folds to s, U+212A to k), and others do not, so two programs
// would see two different containers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "oci-config/json.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::oci_config {

// Capability sets as bit masks over the kernel's numbers (linux/capability.h), bit n = CAP n.
using CapabilityMask = std::uint64_t;

[[nodiscard]] std::optional<unsigned> capability_number(std::string_view name);  // "CAP_SYS_ADMIN"
[[nodiscard]] std::string_view capability_name(unsigned number);  // "" beyond the known ones
// As libcap's cap_from_name, and so crun, reads a name: in any case, by number ("21", "0x15"), and
// whatever stands behind it ignored ("CAP_SYS_ADMIN,X"). Known capabilities only.
[[nodiscard]] std::optional<unsigned> capability_as_libcap_reads(std::string_view text);
[[nodiscard]] std::vector<std::string> capability_names(CapabilityMask mask);

struct CapabilitySets {
  CapabilityMask bounding = 0, effective = 0, inheritable = 0, permitted = 0, ambient = 0;
  bool operator==(const CapabilitySets&) const = default;
};

struct ProcessSpec {
  std::vector<std::string> args;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> additional_gids;
  bool no_new_privileges = false;
  // Absent: the member is absent. Present and empty: runc runs unconfined, crun fails.
  std::optional<std::string> apparmor_profile;
  std::optional<std::string> selinux_label;
  // Absent process.capabilities: crun and older runcs give none, runc from 1.3 on all it has.
  std::optional<CapabilitySets> capabilities;
  std::vector<std::string> unknown_capabilities;  // names this build does not know, as written
};

enum class SeccompPresence : std::uint8_t {
  absent,   // no member, or null
  empty,    // {} : runtimes take it as no filter
  profile,  // a profile
};

enum class NamespaceType : std::uint8_t { cgroup, ipc, mount, network, pid, time, user, uts };
[[nodiscard]] std::string_view name_of(NamespaceType type);  // "network", as config.json says it

struct NamespaceEntry {
  NamespaceType type = NamespaceType::mount;
  std::string path;  // empty: a new one
};

// One range of linux.uidMappings or linux.gidMappings.
struct IdMapping {
  std::uint32_t container_id = 0;
  std::uint32_t host_id = 0;
  std::uint32_t size = 0;
  bool operator==(const IdMapping&) const = default;
};

struct HookEntry {
  std::string path;
  std::vector<std::string> args;
};

struct Annotation {
  std::string key;
  std::string value;
};

struct RuntimeSpec {
  std::string oci_version;
  std::optional<ProcessSpec>
      process;  // absent is legal before start; create without it is an error
  bool has_root = false;
  bool root_readonly = false;
  std::string root_path;
  std::vector<Annotation> annotations;
  bool has_linux = false;
  SeccompPresence seccomp_presence = SeccompPresence::absent;
  std::optional<SeccompProfile> seccomp;  // when presence is profile
  std::string cgroups_path;
  std::vector<NamespaceEntry> namespaces;  // of the known types; runtimes refuse another one
  std::vector<IdMapping> uid_mappings;
  std::vector<IdMapping> gid_mappings;
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
  std::string rootfs_propagation;
  std::vector<HookEntry> create_runtime_hooks;
  std::vector<HookEntry> prestart_hooks;
  std::vector<HookEntry> create_container_hooks;
  std::vector<HookEntry> start_container_hooks;
  std::vector<HookEntry> poststop_hooks;

  [[nodiscard]] const std::string* annotation(std::string_view key) const;
};

// Errors: invalid_input with pointer and line; see read_seccomp_profile for linux.seccomp.
[[nodiscard]] base::Result<RuntimeSpec> read_runtime_spec(const JsonDocument& document);

// process.json, as `exec --process` takes it: the process object alone.
[[nodiscard]] base::Result<ProcessSpec> read_process_spec(const JsonDocument& document);

}  // namespace bulkhead::oci_config
