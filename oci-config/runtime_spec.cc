#include "oci-config/runtime_spec.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "oci-config/known_keys.h"
#include "oci-config/problems.h"

namespace bulkhead::oci_config {

namespace {

using base::cat;
using base::quoted;

// Far above what any list can mean; bounds the work on a hostile one.
constexpr std::size_t kMaxCapabilities = 512;

// The member, unless it is absent or null: Go's decoder leaves a field unset for both.
std::optional<JsonValue> present(const JsonValue& object, std::string_view key) {
  auto member = object.member(key);
  if (member && member->is(JsonType::null)) return std::nullopt;
  return member;
}

// The object member of that name; nothing when absent, or when a problem.
std::optional<JsonValue> section(const JsonValue& object, std::string_view key,
                                 Problems& problems) {
  auto member = present(object, key);
  if (!member || !problems.took(member->expect(JsonType::object))) return std::nullopt;
  return member;
}

std::optional<JsonValue> array(const JsonValue& object, std::string_view key, Problems& problems) {
  auto member = present(object, key);
  if (!member || !problems.took(member->expect(JsonType::array))) return std::nullopt;
  return member;
}

std::optional<std::string> text(const JsonValue& object, std::string_view key, Problems& problems) {
  const auto member = present(object, key);
  if (!member) return std::nullopt;
  const auto value = problems.take(member->read_string());
  if (!value) return std::nullopt;
  return std::string(*value);
}

std::vector<std::string> texts(const JsonValue& object, std::string_view key, Problems& problems) {
  const auto member = present(object, key);
  if (!member) return {};
  return problems.take(member->read_string_array()).value_or(std::vector<std::string>{});
}

bool flag(const JsonValue& object, std::string_view key, Problems& problems) {
  const auto member = present(object, key);
  return member && problems.take(member->read_boolean()).value_or(false);
}

std::uint32_t id(const JsonValue& object, std::string_view key, Problems& problems) {
  const auto member = present(object, key);
  if (!member) return 0;
  return static_cast<std::uint32_t>(problems.take(member->read_unsigned(UINT32_MAX)).value_or(0));
}

std::vector<std::uint32_t> ids(const JsonValue& object, std::string_view key, Problems& problems) {
  std::vector<std::uint32_t> numbers;
  const auto list = array(object, key, problems);
  if (!list) return numbers;
  for (auto entry = list->first(); entry && !problems.full(); entry = entry->next()) {
    const auto number = problems.take(entry->read_unsigned(UINT32_MAX));
    if (number) numbers.push_back(static_cast<std::uint32_t>(*number));
  }
  return numbers;
}

// ---- process -----------------------------------------------------------------------------------

struct CapabilityList {
  std::string_view key;
  CapabilityMask CapabilitySets::*set;
};

constexpr CapabilityList kCapabilityLists[] = {
    {"bounding", &CapabilitySets::bounding},       {"effective", &CapabilitySets::effective},
    {"inheritable", &CapabilitySets::inheritable}, {"permitted", &CapabilitySets::permitted},
    {"ambient", &CapabilitySets::ambient},
};

// crun reads a name as libcap does, runc takes the exact names only and ignores the rest.
void refuse_other_spelling(const JsonValue& list, const std::string& name, Problems& problems) {
  const auto number = capability_as_libcap_reads(name);
  if (!number) return;
  const std::string_view exact = capability_name(*number);
  problems.add(
      list,
      cat("holds ", quoted(name), ", which some runtimes take for ", exact, " and others ignore"),
      cat("write ", exact));
}

void read_capability_list(const JsonValue& sets, const CapabilityList& list, ProcessSpec& process,
                          Problems& problems) {
  const auto member = present(sets, list.key);
  if (!member) return;
  if (member->size() > kMaxCapabilities) {
    problems.add(*member,
                 cat("holds ", member->size(), " names; there are 64 capabilities at most"));
    return;
  }
  const auto names = problems.take(member->read_string_array());
  if (!names) return;
  for (const std::string& name : *names) {
    if (const auto number = capability_number(name)) {
      (*process.capabilities).*list.set |= CapabilityMask{1} << *number;
      continue;
    }
    refuse_other_spelling(*member, name, problems);
    auto& unknown = process.unknown_capabilities;
    if (std::ranges::find(unknown, name) == unknown.end()) unknown.push_back(name);
  }
}

void read_capabilities(const JsonValue& object, ProcessSpec& process, Problems& problems) {
  const auto sets = section(object, "capabilities", problems);
  if (!sets) return;
  process.capabilities.emplace();
  for (const CapabilityList& list : kCapabilityLists) {
    read_capability_list(*sets, list, process, problems);
  }
}

ProcessSpec read_process(const JsonValue& object, Problems& problems) {
  ProcessSpec process;
  process.args = texts(object, "args", problems);
  if (const auto user = section(object, "user", problems)) {
    process.uid = id(*user, "uid", problems);
    process.gid = id(*user, "gid", problems);
    process.additional_gids = ids(*user, "additionalGids", problems);
  }
  process.no_new_privileges = flag(object, "noNewPrivileges", problems);
  process.apparmor_profile = text(object, "apparmorProfile", problems);
  process.selinux_label = text(object, "selinuxLabel", problems);
  read_capabilities(object, process, problems);
  return process;
}

// ---- hooks -------------------------------------------------------------------------------------

std::vector<HookEntry> read_hook_list(const JsonValue& hooks, std::string_view key,
                                      Problems& problems) {
  std::vector<HookEntry> entries;
  const auto list = array(hooks, key, problems);
  if (!list) return entries;
  for (auto entry = list->first(); entry && !problems.full(); entry = entry->next()) {
    if (!problems.took(entry->expect(JsonType::object))) continue;
    auto path = text(*entry, "path", problems);
    if (!present(*entry, "path")) problems.add(*entry, "has no 'path'");
    entries.push_back({path.value_or(""), texts(*entry, "args", problems)});
  }
  return entries;
}

void read_hooks(const JsonValue& config, RuntimeSpec& spec, Problems& problems) {
  const auto hooks = section(config, "hooks", problems);
  if (!hooks) return;
  spec.create_runtime_hooks = read_hook_list(*hooks, "createRuntime", problems);
  spec.prestart_hooks = read_hook_list(*hooks, "prestart", problems);
  spec.create_container_hooks = read_hook_list(*hooks, "createContainer", problems);
  spec.start_container_hooks = read_hook_list(*hooks, "startContainer", problems);
  spec.poststop_hooks = read_hook_list(*hooks, "poststop", problems);
}

// ---- linux -------------------------------------------------------------------------------------

// What an engine writes for a profile without rules, and what runc takes for no filter: no default
// action and no system calls. Go writes the default action as "" when it was never set.
bool is_empty_seccomp(const JsonValue& seccomp) {
  for (auto member = seccomp.first(); member; member = member->next()) {
    const bool unset =
        member->is(JsonType::null) ||
        (member->key() == "defaultAction" && member->raw() == "\"\"") ||
        (member->key() == "syscalls" && member->is(JsonType::array) && member->size() == 0);
    if (!unset) return false;
  }
  return true;
}

void read_seccomp(const JsonValue& section_linux, RuntimeSpec& spec, Problems& problems) {
  const auto seccomp = present(section_linux, "seccomp");
  if (!seccomp || !problems.took(seccomp->expect(JsonType::object))) return;
  if (is_empty_seccomp(*seccomp)) {
    spec.seccomp_presence = SeccompPresence::empty;
    return;
  }
  spec.seccomp_presence = SeccompPresence::profile;
  spec.seccomp = problems.take(read_seccomp_profile(*seccomp));
}

struct NamespaceRow {
  NamespaceType type;
  std::string_view name;
};

constexpr NamespaceRow kNamespaces[] = {
    {NamespaceType::cgroup, "cgroup"}, {NamespaceType::ipc, "ipc"},
    {NamespaceType::mount, "mount"},   {NamespaceType::network, "network"},
    {NamespaceType::pid, "pid"},       {NamespaceType::time, "time"},
    {NamespaceType::user, "user"},     {NamespaceType::uts, "uts"},
};

void read_namespaces(const JsonValue& section_linux, RuntimeSpec& spec, Problems& problems) {
  const auto list = array(section_linux, "namespaces", problems);
  if (!list) return;
  for (auto entry = list->first(); entry && !problems.full(); entry = entry->next()) {
    if (!problems.took(entry->expect(JsonType::object))) continue;
    const std::string type = text(*entry, "type", problems).value_or("");
    const std::string path = text(*entry, "path", problems).value_or("");
    const auto row = std::ranges::find(kNamespaces, type, &NamespaceRow::name);
    if (row != std::end(kNamespaces)) spec.namespaces.push_back({row->type, path});
  }
}

std::vector<IdMapping> read_mappings(const JsonValue& section_linux, std::string_view key,
                                     Problems& problems) {
  std::vector<IdMapping> mappings;
  const auto list = array(section_linux, key, problems);
  if (!list) return mappings;
  for (auto entry = list->first(); entry && !problems.full(); entry = entry->next()) {
    if (!problems.took(entry->expect(JsonType::object))) continue;
    mappings.push_back({.container_id = id(*entry, "containerID", problems),
                        .host_id = id(*entry, "hostID", problems),
                        .size = id(*entry, "size", problems)});
  }
  return mappings;
}

void read_linux(const JsonValue& config, RuntimeSpec& spec, Problems& problems) {
  const auto object = section(config, "linux", problems);
  if (!object) return;
  spec.has_linux = true;
  spec.cgroups_path = text(*object, "cgroupsPath", problems).value_or("");
  spec.rootfs_propagation = text(*object, "rootfsPropagation", problems).value_or("");
  read_namespaces(*object, spec, problems);
  spec.uid_mappings = read_mappings(*object, "uidMappings", problems);
  spec.gid_mappings = read_mappings(*object, "gidMappings", problems);
  spec.masked_paths = texts(*object, "maskedPaths", problems);
  spec.readonly_paths = texts(*object, "readonlyPaths", problems);
  read_seccomp(*object, spec, problems);
}

void read_root(const JsonValue& config, RuntimeSpec& spec, Problems& problems) {
  const auto root = section(config, "root", problems);
  if (!root) return;
  spec.has_root = true;
  spec.root_path = text(*root, "path", problems).value_or("");
  spec.root_readonly = flag(*root, "readonly", problems);
}

void read_annotations(const JsonValue& config, RuntimeSpec& spec, Problems& problems) {
  const auto annotations = present(config, "annotations");
  if (!annotations || !problems.took(annotations->expect(JsonType::object))) return;
  spec.annotations.reserve(annotations->size());
  for (auto entry = annotations->first(); entry && !problems.full(); entry = entry->next()) {
    if (entry->is(JsonType::null)) {  // Go's map takes null for ""
      spec.annotations.push_back({std::string(entry->key()), ""});
    } else if (const auto value = problems.take(entry->read_string())) {
      spec.annotations.push_back({std::string(entry->key()), std::string(*value)});
    }
  }
}

}  // namespace

std::string_view name_of(NamespaceType type) {
  return std::ranges::find(kNamespaces, type, &NamespaceRow::type)->name;
}

const std::string* RuntimeSpec::annotation(std::string_view key) const {
  const auto found = std::ranges::find(annotations, key, &Annotation::key);
  return found == annotations.end() ? nullptr : &found->value;
}

base::Result<RuntimeSpec> read_runtime_spec(const JsonDocument& document) {
  const JsonValue config = document.root();
  if (auto object = config.expect(JsonType::object); !object) {
    return std::unexpected(object.error());
  }
  Problems problems;
  check_key_case(config, SpecObject::config, problems);
  RuntimeSpec spec;
  spec.oci_version = text(config, "ociVersion", problems).value_or("");
  if (const auto process = section(config, "process", problems)) {
    spec.process = read_process(*process, problems);
  }
  read_root(config, spec, problems);
  read_annotations(config, spec, problems);
  read_linux(config, spec, problems);
  read_hooks(config, spec, problems);
  if (!problems.empty()) return problems.error();
  return spec;
}

base::Result<ProcessSpec> read_process_spec(const JsonDocument& document) {
  const JsonValue object = document.root();
  if (auto wanted = object.expect(JsonType::object); !wanted) {
    return std::unexpected(wanted.error());
  }
  Problems problems;
  check_key_case(object, SpecObject::process, problems);
  ProcessSpec process = read_process(object, problems);
  if (!problems.empty()) return problems.error();
  return process;
}

}  // namespace bulkhead::oci_config
