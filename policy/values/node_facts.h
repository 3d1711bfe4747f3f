// What decide() must know of the node, as a value. kernel/ probes it, admission/ puts it together;
// tests write it down.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "oci-config/seccomp_profile.h"
#include "policy/values/apparmor_mode.h"
#include "policy/values/isolation.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::policy {

// What is known of SECCOMP_FILTER_FLAG_LOG in config.json beyond what the runtime says of itself.
enum class LogFlag : std::uint8_t {
  unseen,   // no container of it was started with the flag and looked at yet
  taken,    // the kernel showed the flag on a filter of the runtime's
  dropped,  // the kernel showed a filter without it, though config.json had it
};

// `<runtime> features` (runtime-spec features.md). A runtime without that command has known =
// false.
struct RuntimeFeatures {
  bool asked = false;  // there was a runtime to ask: a hook is not told which one called it
  bool known = false;
  std::string family;                   // "runc", "crun", "youki" or empty, from --version
  std::string version;                  // "1.8.1", of a known family, from --version
  std::set<std::string> seccomp_flags;  // flags it accepts in linux.seccomp.flags
  LogFlag log_flag = LogFlag::unseen;
  std::set<std::string> unsafe_annotations;  // potentiallyUnsafeConfigAnnotations
};

struct AppArmorFacts {
  bool enabled = false;
  std::map<std::string, AppArmorMode> loaded;  // profile name → mode
};

struct SeccompSource {
  oci_config::SeccompProfile profile;  // as the file says, not expanded
  std::string path;
  std::string sha256;
};

struct NodeFacts {
  oci_config::KernelVersion kernel;
  oci_config::SeccompArch native = oci_config::SeccompArch::x86_64;
  std::set<oci_config::SeccompAction> actions_available;  // /proc/sys/kernel/seccomp/actions_avail
  std::set<std::string> filter_flags;  // SECCOMP_FILTER_FLAG_* that seccomp(2) knows here
  AppArmorFacts apparmor;
  RuntimeFeatures runtime;
  std::string hook_path;  // of bulkhead-hook, when it is installed and executable; else empty
  bool caller_opens_gate = false;    // who decides opens the gate: no hook need be written for that
  bool environment_weakens = false;  // RUN_OCI_SECCOMP_RECEIVER is set
  // Of a process that joins a container whose filter a gate installed: what that comes from.
  std::string installed_by_gate;
  // The localhost profiles that profiles_needed() named, each read or the error that it gave.
  std::map<std::string, base::Result<SeccompSource>> seccomp_profiles;  // by ProfileRef::name()
  // By path, those that config.json has the container join and that can be looked at.
  std::map<std::string, NamespaceId> namespaces;
};

}  // namespace bulkhead::policy
