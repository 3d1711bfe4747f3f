#include "conformance/running/observation.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/directory.h"
#include "base/text.h"
#include "conformance/running/observed_filters.h"
#include "conformance/running/observed_mounts.h"
#include "conformance/values/status_text.h"
#include "kernel/observe/observe.h"
#include "kernel/observe/observe_descriptors.h"
#include "oci-config/name_table.h"
#include "oci-config/runtime_spec.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;
using oci_config::JsonValue;

Result<std::string> proc_text(const Observed& of, std::string_view name) {
  const std::string path = cat("/proc/", of.process, '/', name);
  auto text = read_proc_file(path);
  if (!text) return base::fail_errno(ErrorCode::kernel, "read", path);
  return std::move(*text);
}

Result<void> write_label(const Observed& of, const JsonValue&, base::JsonWriter& json) {
  const auto text = proc_text(of, "attr/current");
  const auto label = kernel::parse_apparmor_label(text.value_or("unconfined"));
  json.begin_object("label");
  json.member("name", label.name);
  json.member("mode", label.mode);
  json.end_object();
  return {};
}

Result<void> write_whole_status(const Observed& of, const JsonValue&, base::JsonWriter& json) {
  const auto text = proc_text(of, "status");
  if (!text) return std::unexpected(text.error());
  json.begin_object("status");
  write_status(*text, json);
  json.end_object();
  return {};
}

// As /proc/<pid>/status names the sets, and as config.json does.
constexpr oci_config::Named<std::string_view> kSets[] = {{"ambient", "CapAmb:"},
                                                         {"bounding", "CapBnd:"},
                                                         {"effective", "CapEff:"},
                                                         {"inheritable", "CapInh:"},
                                                         {"permitted", "CapPrm:"}};

Result<void> write_capabilities(const Observed& of, const JsonValue&, base::JsonWriter& json) {
  const auto text = proc_text(of, "status");
  if (!text) return std::unexpected(text.error());
  json.begin_object("capabilities");
  for (const auto& [name, key] : kSets) {
    const std::size_t at = text->find(key);
    if (at == std::string::npos) continue;
    const auto mask = std::strtoull(text->c_str() + at + key.size(), nullptr, 16);
    json.strings(name, oci_config::capability_names(mask));
  }
  json.end_object();
  return {};
}

constexpr oci_config::Named<std::string_view> kNamespaces[] = {
    {"cgroup", "cgroup"}, {"ipc", "ipc"},   {"mount", "mnt"}, {"network", "net"},
    {"pid", "pid"},       {"time", "time"}, {"user", "user"}, {"uts", "uts"}};

bool are_one(const std::string& a, const std::string& b) {
  struct stat first {};
  struct stat second {};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 &&
         first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

Result<void> write_namespaces(const Observed& of, const JsonValue&, base::JsonWriter& json) {
  json.begin_object("namespaces");
  for (const auto& [name, file] : kNamespaces) {
    const std::string at = cat("/proc/", of.process, "/ns/", file);
    const bool holder = !of.holder.empty() && are_one(at, cat("/proc/", of.holder, "/ns/", file));
    const bool host = are_one(at, cat("/proc/self/ns/", file));
    json.member(name, host ? "host" : holder ? "holder" : "new");
  }
  json.end_object();
  return {};
}

// "Max open files            1024                 4096                 files"
Result<void> write_limits(const Observed& of, const JsonValue& wanted, base::JsonWriter& json) {
  const auto text = proc_text(of, "limits");
  if (!text) return std::unexpected(text.error());
  json.begin_object("limits");
  for (auto member = wanted.first(); member; member = member->next()) {
    const std::size_t at = text->find(member->key());
    if (at == std::string::npos) continue;
    const std::size_t begin = at + member->key().size();
    const std::string rest = squeezed(text->substr(begin, text->find('\n', at) - begin));
    const std::size_t second = rest.find(' ', rest.find(' ') + 1);
    json.member(member->key(), rest.substr(0, second));
  }
  json.end_object();
  return {};
}

Result<void> write_proc(const Observed& of, const JsonValue& wanted, base::JsonWriter& json) {
  json.begin_object("proc");
  for (auto member = wanted.first(); member; member = member->next()) {
    const auto text = proc_text(of, member->key());
    if (!text) return std::unexpected(text.error());
    json.member(member->key(), squeezed(*text));
  }
  json.end_object();
  return {};
}

Result<void> write_descriptors(const Observed& of, const JsonValue&, base::JsonWriter& json) {
  const auto open = kernel::observe_descriptors(of.process, "/proc");
  if (!open) return std::unexpected(open.error());
  json.begin_array("descriptors");
  for (const policy::ObservedDescriptor& one : *open) {
    json.begin_object();
    json.member("number", one.number);
    json.member("target", one.target);
    json.end_object();
  }
  json.end_array();
  return {};
}

constexpr ObservedThing kThings[] = {
    {"capabilities", "the five sets", write_capabilities},
    {"cgroup", "files of its control groups", write_cgroup},
    {"descriptors", "what it has open above 2", write_descriptors},
    {"filters", "seccomp filters against linux.seccomp", write_filters},
    {"label", "AppArmor's label and mode", write_label},
    {"limits", "resource limits, soft and hard", write_limits},
    {"mounts", "its mounts by mount point", write_mounts},
    {"namespaces", "new, the host's or the holder's", write_namespaces},
    {"proc", "files of /proc/<pid>", write_proc},
    {"status", "/proc/<pid>/status", write_whole_status},
};

}  // namespace

std::span<const ObservedThing> observed_things() { return kThings; }

Result<std::string> observe(const Observed& of, const JsonValue& wanted) {
  base::JsonWriter json;
  json.begin_object();
  for (auto member = wanted.first(); member; member = member->next()) {
    const auto thing = std::ranges::find(kThings, member->key(), &ObservedThing::name);
    if (thing == std::end(kThings)) return member->error("nothing of that name can be observed");
    if (auto written = thing->write(of, *member, json); !written) {
      return std::unexpected(std::move(written.error()));
    }
  }
  json.end_object();
  return json.take();
}

}  // namespace bulkhead::conformance
