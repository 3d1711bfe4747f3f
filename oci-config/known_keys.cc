#include "oci-config/known_keys.h"

#include "base/text.h"

namespace bulkhead::oci_config {

namespace {

using std::string_view;

// config.md, and the sections of other platforms, which a Linux runtime still decodes.
constexpr string_view kConfig[] = {"ociVersion",  "process", "root",  "hostname", "domainname",
                                   "mounts",      "hooks",   "linux", "solaris",  "windows",
                                   "annotations", "vm",      "zos"};
constexpr string_view kProcess[] = {"terminal",     "consoleSize",
                                    "user",         "args",
                                    "commandLine",  "env",
                                    "cwd",          "capabilities",
                                    "rlimits",      "noNewPrivileges",
                                    "oomScoreAdj",  "apparmorProfile",
                                    "selinuxLabel", "scheduler",
                                    "ioPriority",   "execCPUAffinity"};
constexpr string_view kUser[] = {"uid", "gid", "umask", "additionalGids", "username"};
constexpr string_view kCapabilities[] = {"bounding", "effective", "inheritable", "permitted",
                                         "ambient"};
constexpr string_view kRoot[] = {"path", "readonly"};
constexpr string_view kHooks[] = {"prestart",       "createRuntime", "createContainer",
                                  "startContainer", "poststart",     "poststop"};
constexpr string_view kHook[] = {"path", "args", "env", "timeout"};
// config-linux.md
constexpr string_view kLinux[] = {
    "uidMappings", "gidMappings", "sysctl",     "resources",    "cgroupsPath",
    "namespaces",  "devices",     "netDevices", "seccomp",      "rootfsPropagation",
    "maskedPaths", "mountLabel",  "intelRdt",   "memoryPolicy", "readonlyPaths",
    "personality", "timeOffsets"};
constexpr string_view kNamespace[] = {"type", "path"};

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

const string_view* known_variant(string_view key, std::span<const string_view> known) {
  const string_view* variant = nullptr;
  for (const string_view& candidate : known) {
    if (key == candidate) return nullptr;
    if (equal_folded(key, candidate)) variant = &candidate;
  }
  return variant;
}

}  // namespace

std::span<const string_view> known_keys(SpecObject object) {
  switch (object) {
    case SpecObject::config: return kConfig;
    case SpecObject::process: return kProcess;
    case SpecObject::user: return kUser;
    case SpecObject::capabilities: return kCapabilities;
    case SpecObject::root: return kRoot;
    case SpecObject::hooks: return kHooks;
    case SpecObject::hook: return kHook;
    case SpecObject::linux_section: return kLinux;
    case SpecObject::linux_namespace: return kNamespace;
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
  for (auto member = object.first(); member && !problems.full(); member = member->next()) {
    const string_view* known = known_variant(member->key(), known_keys(kind));
    if (known != nullptr) add_case_problem(*member, *known, problems);
  }
}

}  // namespace bulkhead::oci_config
