#include "oci-config/known_keys.h"

#include <algorithm>

#include "base/text.h"

namespace bulkhead::oci_config {

namespace {

using std::string_view;

using enum Below;
using Kind = SpecObject;

// config.md, and the sections of other platforms, which a Linux runtime still decodes.
constexpr KnownKey kConfig[] = {
    {"ociVersion"},
    {"process", object, Kind::process},
    {"root", object, Kind::root},
    {"hostname"},
    {"domainname"},
    {"mounts", list, Kind::mount},
    {"hooks", object, Kind::hooks},
    {"linux", object, Kind::linux_section},
    {"solaris"},
    {"windows"},
    {"annotations"},
    {"vm"},
    {"zos"},
};
constexpr KnownKey kProcess[] = {
    {"terminal"},
    {"consoleSize", object, Kind::console_size},
    {"user", object, Kind::user},
    {"args"},
    {"commandLine"},
    {"env"},
    {"cwd"},
    {"capabilities", object, Kind::capabilities},
    {"rlimits", list, Kind::rlimit},
    {"noNewPrivileges"},
    {"oomScoreAdj"},
    {"apparmorProfile"},
    {"selinuxLabel"},
    {"scheduler", object, Kind::scheduler},
    {"ioPriority", object, Kind::io_priority},
    {"execCPUAffinity", object, Kind::cpu_affinity},
};
constexpr KnownKey kUser[] = {{"uid"}, {"gid"}, {"umask"}, {"additionalGids"}, {"username"}};
constexpr KnownKey kConsoleSize[] = {{"height"}, {"width"}};
constexpr KnownKey kCapabilities[] = {
    {"bounding"}, {"effective"}, {"inheritable"}, {"permitted"}, {"ambient"}};
constexpr KnownKey kRlimit[] = {{"type"}, {"hard"}, {"soft"}};
constexpr KnownKey kScheduler[] = {{"policy"},  {"nice"},     {"priority"}, {"flags"},
                                   {"runtime"}, {"deadline"}, {"period"}};
constexpr KnownKey kIoPriority[] = {{"class"}, {"priority"}};
constexpr KnownKey kCpuAffinity[] = {{"initial"}, {"final"}};
constexpr KnownKey kRoot[] = {{"path"}, {"readonly"}};
constexpr KnownKey kMount[] = {
    {"destination"},
    {"type"},
    {"source"},
    {"options"},
    {"uidMappings", list, Kind::id_mapping},
    {"gidMappings", list, Kind::id_mapping},
};
constexpr KnownKey kHooks[] = {
    {"prestart", list, Kind::hook},        {"createRuntime", list, Kind::hook},
    {"createContainer", list, Kind::hook}, {"startContainer", list, Kind::hook},
    {"poststart", list, Kind::hook},       {"poststop", list, Kind::hook},
};
constexpr KnownKey kHook[] = {{"path"}, {"args"}, {"env"}, {"timeout"}};
// config-linux.md
constexpr KnownKey kLinux[] = {
    {"uidMappings", list, Kind::id_mapping},
    {"gidMappings", list, Kind::id_mapping},
    {"sysctl"},
    {"resources", object, Kind::resources},
    {"cgroupsPath"},
    {"namespaces", list, Kind::linux_namespace},
    {"devices", list, Kind::device},
    {"netDevices", map, Kind::net_device},
    {"seccomp"},
    {"rootfsPropagation"},
    {"maskedPaths"},
    {"readonlyPaths"},
    {"mountLabel"},
    {"intelRdt", object, Kind::intel_rdt},
    {"memoryPolicy", object, Kind::memory_policy},
    {"personality", object, Kind::personality},
    {"timeOffsets", map, Kind::time_offset},
};
constexpr KnownKey kNamespace[] = {{"type"}, {"path"}};
constexpr KnownKey kIdMapping[] = {{"containerID"}, {"hostID"}, {"size"}};
constexpr KnownKey kDevice[] = {{"path"},     {"type"}, {"major"}, {"minor"},
                                {"fileMode"}, {"uid"},  {"gid"}};
constexpr KnownKey kNetDevice[] = {{"name"}};
constexpr KnownKey kResources[] = {
    {"devices", list, Kind::device_rule},
    {"memory", object, Kind::memory},
    {"cpu", object, Kind::cpu},
    {"pids", object, Kind::pids},
    {"blockIO", object, Kind::block_io},
    {"hugepageLimits", list, Kind::hugepage_limit},
    {"network", object, Kind::network},
    {"rdma", map, Kind::rdma},
    {"unified"},
};
constexpr KnownKey kDeviceRule[] = {{"allow"}, {"type"}, {"major"}, {"minor"}, {"access"}};
constexpr KnownKey kMemory[] = {
    {"limit"},      {"reservation"},      {"swap"},         {"kernel"},           {"kernelTCP"},
    {"swappiness"}, {"disableOOMKiller"}, {"useHierarchy"}, {"checkBeforeUpdate"}};
constexpr KnownKey kCpu[] = {
    {"shares"},         {"quota"}, {"burst"}, {"period"}, {"realtimeRuntime"},
    {"realtimePeriod"}, {"cpus"},  {"mems"},  {"idle"}};
constexpr KnownKey kPids[] = {{"limit"}};
constexpr KnownKey kBlockIo[] = {
    {"weight"},
    {"leafWeight"},
    {"weightDevice", list, Kind::weight_device},
    {"throttleReadBpsDevice", list, Kind::throttle_device},
    {"throttleWriteBpsDevice", list, Kind::throttle_device},
    {"throttleReadIOPSDevice", list, Kind::throttle_device},
    {"throttleWriteIOPSDevice", list, Kind::throttle_device},
};
constexpr KnownKey kWeightDevice[] = {{"major"}, {"minor"}, {"weight"}, {"leafWeight"}};
constexpr KnownKey kThrottleDevice[] = {{"major"}, {"minor"}, {"rate"}};
constexpr KnownKey kHugepageLimit[] = {{"pageSize"}, {"limit"}};
constexpr KnownKey kNetwork[] = {{"classID"}, {"priorities", list, Kind::interface_priority}};
constexpr KnownKey kInterfacePriority[] = {{"name"}, {"priority"}};
constexpr KnownKey kRdma[] = {{"hcaHandles"}, {"hcaObjects"}};
constexpr KnownKey kIntelRdt[] = {{"closID"},          {"schemata"},  {"l3CacheSchema"},
                                  {"memBwSchema"},     {"enableCMT"}, {"enableMBM"},
                                  {"enableMonitoring"}};
constexpr KnownKey kMemoryPolicy[] = {{"mode"}, {"nodes"}, {"flags"}};
constexpr KnownKey kPersonality[] = {{"domain"}, {"flags"}};
constexpr KnownKey kTimeOffset[] = {{"secs"}, {"nanosecs"}};

constexpr string_view kLongS = "\xc5\xbf";           // U+017F
constexpr string_view kKelvinSign = "\xe2\x84\xaa";  // U+212A

// Takes one character off the front and gives what it folds to; 0 for what no known key holds.
char take_folded(string_view& text) {
  if (text.starts_with(kLongS)) {
    text.remove_prefix(kLongS.size());
    return 's';
  }
  if (text.starts_with(kKelvinSign)) {
    text.remove_prefix(kKelvinSign.size());
    return 'k';
  }
  const char c = text.front();
  text.remove_prefix(1);
  if (static_cast<unsigned char>(c) >= 0x80) return 0;
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The row of exactly this key, or nothing.
const KnownKey* exact(string_view key, std::span<const KnownKey> known) {
  const auto found = std::ranges::find(known, key, &KnownKey::name);
  return found == known.end() ? nullptr : &*found;
}

const KnownKey* variant(string_view key, std::span<const KnownKey> known) {
  const auto found =
      std::ranges::find_if(known, [&](const KnownKey& row) { return equal_folded(key, row.name); });
  return found == known.end() ? nullptr : &*found;
}

void check_each(const JsonValue& container, SpecObject kind, Problems& problems) {
  for (auto child = container.first(); child && !problems.full(); child = child->next()) {
    check_key_case(*child, kind, problems);
  }
}

void check_below(const JsonValue& value, const KnownKey& row, Problems& problems) {
  switch (row.below) {
    case nothing: return;
    case object: return check_key_case(value, row.kind, problems);
    case list:
      if (value.is(JsonType::array)) check_each(value, row.kind, problems);
      return;
    case map:
      if (value.is(JsonType::object)) check_each(value, row.kind, problems);
      return;
  }
}

}  // namespace

std::span<const KnownKey> known_keys(SpecObject object) {
  switch (object) {
    case Kind::config: return kConfig;
    case Kind::process: return kProcess;
    case Kind::user: return kUser;
    case Kind::console_size: return kConsoleSize;
    case Kind::capabilities: return kCapabilities;
    case Kind::rlimit: return kRlimit;
    case Kind::scheduler: return kScheduler;
    case Kind::io_priority: return kIoPriority;
    case Kind::cpu_affinity: return kCpuAffinity;
    case Kind::root: return kRoot;
    case Kind::mount: return kMount;
    case Kind::hooks: return kHooks;
    case Kind::hook: return kHook;
    case Kind::linux_section: return kLinux;
    case Kind::linux_namespace: return kNamespace;
    case Kind::id_mapping: return kIdMapping;
    case Kind::device: return kDevice;
    case Kind::net_device: return kNetDevice;
    case Kind::resources: return kResources;
    case Kind::device_rule: return kDeviceRule;
    case Kind::memory: return kMemory;
    case Kind::cpu: return kCpu;
    case Kind::pids: return kPids;
    case Kind::block_io: return kBlockIo;
    case Kind::weight_device: return kWeightDevice;
    case Kind::throttle_device: return kThrottleDevice;
    case Kind::hugepage_limit: return kHugepageLimit;
    case Kind::network: return kNetwork;
    case Kind::interface_priority: return kInterfacePriority;
    case Kind::rdma: return kRdma;
    case Kind::intel_rdt: return kIntelRdt;
    case Kind::memory_policy: return kMemoryPolicy;
    case Kind::personality: return kPersonality;
    case Kind::time_offset: return kTimeOffset;
  }
  return {};
}

bool equal_folded(string_view key, string_view known) {
  while (!key.empty() && !known.empty()) {
    const char folded = take_folded(key);
    if (folded == 0 || folded != take_folded(known)) return false;
  }
  return key.empty() && known.empty();
}

void add_case_problem(const JsonValue& member, string_view known, Problems& problems) {
  problems.add(
      member,
      base::cat("the key ", base::quoted(member.key()), " differs from ", base::quoted(known),
                " only in case: some runtimes take it for that, others ignore it"),
      base::cat("write it as ", base::quoted(known), " or remove it"));
}

void check_key_case(const JsonValue& object, SpecObject kind, Problems& problems) {
  if (!object.is(JsonType::object)) return;
  const auto known = known_keys(kind);
  for (auto member = object.first(); member && !problems.full(); member = member->next()) {
    if (const KnownKey* const row = exact(member->key(), known)) {
      check_below(*member, *row, problems);
    } else if (const KnownKey* const meant = variant(member->key(), known)) {
      add_case_problem(*member, meant->name, problems);
    }
  }
}

}  // namespace bulkhead::oci_config
