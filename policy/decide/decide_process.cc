#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "policy/decide/decide_parts.h"

namespace bulkhead::policy {

using oci_config::CapabilityMask;
using oci_config::CapabilitySets;

namespace {

struct CapabilitySetRow {
  std::string_view member;  // of process.capabilities
  CapabilityMask CapabilitySets::*set;
};

constexpr CapabilitySetRow kSets[] = {
    {"bounding", &CapabilitySets::bounding},       {"effective", &CapabilitySets::effective},
    {"inheritable", &CapabilitySets::inheritable}, {"permitted", &CapabilitySets::permitted},
    {"ambient", &CapabilitySets::ambient},
};

std::string json_names(CapabilityMask mask) {
  return base::json_array(oci_config::capability_names(mask));
}

template <class T>
std::string require_source(std::string_view key, const Setting<T>& setting) {
  return source_of(key, name_of(setting.value), setting.origin);
}

std::string not_of_the_container(const Setting<ExecCapabilities>& setting) {
  return base::cat("the container does not have them; ",
                   source_of("exec.capabilities", name_of(setting.value), setting.origin));
}

// Runtimes ignore them, fail, or, linked to a newer libcap, give what nobody planned.
void refuse_unknown_capabilities(const ProcessPlace& place, Draft& draft) {
  const auto& unknown = place.process.unknown_capabilities;
  if (unknown.empty()) return;
  std::vector<std::string> names;
  for (const std::string& name : unknown) names.push_back(base::quoted(name, 64));
  draft.refuse(RefusalId::capability_unknown, base::cat(place.pointer, "/capabilities"),
               base::cat("capabilities are asked for that are not known to Bulkhead: ",
                         base::join(names, ", ")));
}

// Only for a process that joins a container: its own are all allowed.
void tell_beyond_the_container(const ProcessPlace& place, const std::string& sentence,
                               Draft& draft) {
  draft.find({.severity = Severity::warning,
              .check = std::string(kExecCapabilities),
              .pointer = base::cat(place.pointer, "/capabilities"),
              .message = sentence,
              .remedy = "give the container the capability, ask for no more than it has, or let a "
                        "rule set exec.capabilities to \"as-asked\""});
}

}  // namespace

CapabilityMask dropped_capabilities(const EffectiveSettings& settings) {
  CapabilityMask mask = 0;
  for (const std::string& name : settings.drop_capabilities.value) {
    if (const auto number = oci_config::capability_number(name))
      mask |= CapabilityMask{1} << *number;
  }
  return mask;
}

CapabilityMask planned_bounding_set(const Question& question) {
  const auto& process = question.spec.process;
  if (!process || !process->capabilities) return 0;
  return process->capabilities->bounding & ~dropped_capabilities(question.settings);
}

void decide_no_new_privileges(const Question& question, const ProcessPlace& place, Draft& draft) {
  const auto& setting = question.settings.no_new_privileges;
  const std::string pointer = base::cat(place.pointer, "/noNewPrivileges");
  bool& planned = draft.plan.process.no_new_privileges;
  planned = place.process.no_new_privileges;
  if (planned) return;
  switch (setting.value) {
    case KeepSetRequire::keep:
      if (because_of(question.settings, setting.origin).empty()) return;
      return draft.explain(
          "no_new_privileges",
          base::cat("left unset (", require_source("process.no_new_privileges", setting), ")"),
          because_of(question.settings, setting.origin));
    case KeepSetRequire::set:
      planned = true;
      draft.explain("no_new_privileges",
                    base::cat("set (", require_source("process.no_new_privileges", setting), ")"));
      return draft.set_member(Change::no_new_privileges, pointer, "true");
    case KeepSetRequire::require:
      return draft.refuse(RefusalId::no_new_privileges_required, pointer,
                          base::cat("noNewPrivileges is not set and the policy requires it (",
                                    require_source("process.no_new_privileges", setting), ")"));
  }
}

// Takes out of each set what is not allowed.
void decide_capabilities(const Question& question, const ProcessPlace& place,
                         CapabilityMask allowed, Draft& draft) {
  refuse_unknown_capabilities(place, draft);
  if (!place.process.capabilities) return;
  CapabilitySets& planned = draft.plan.process.capabilities;
  planned = *place.process.capabilities;
  CapabilityMask taken = 0;
  for (const CapabilitySetRow& row : kSets) {
    const CapabilityMask before = planned.*row.set;
    planned.*row.set &= allowed;
    if (before == planned.*row.set) continue;
    taken |= before & ~allowed;
    draft.set_member(Change::capabilities, base::cat(place.pointer, "/capabilities/", row.member),
                     json_names(planned.*row.set));
  }
  if (taken == 0) return;
  const auto& setting = question.settings.drop_capabilities;
  const bool by_policy = (taken & ~dropped_capabilities(question.settings)) == 0;
  const std::string why = by_policy ? source_of("process.drop_capabilities",
                                                base::join(setting.value, ", "), setting.origin)
                                    : not_of_the_container(question.settings.exec_capabilities);
  const std::string sentence =
      base::cat(base::join(oci_config::capability_names(taken), ", "), " dropped (", why, ")");
  if (!by_policy) tell_beyond_the_container(place, sentence, draft);
  draft.explain("capabilities", sentence);
}

void write_absent_capabilities(const ProcessPlace& place, Draft& draft) {
  if (place.process.capabilities) return;
  std::vector<std::string> members;
  for (const CapabilitySetRow& row : kSets) {
    members.push_back(base::cat(base::json_string(row.member), ":[]"));
  }
  draft.set_member(Change::no_capabilities, base::cat(place.pointer, "/capabilities"),
                   base::cat('{', base::join(members, ","), '}'));
  draft.explain("capabilities", "none: config.json names none, and the runtime is told so");
}

void decide_user(const Question& question, const ProcessPlace& place, Draft& draft) {
  const auto& setting = question.settings.run_as_non_root;
  if (place.process.uid != 0) return;
  if (setting.value == KeepOrRequire::keep) {
    const std::string because = because_of(question.settings, setting.origin);
    if (because.empty()) return;
    return draft.explain(
        "user", base::cat("root (", require_source("process.run_as_non_root", setting), ")"),
        because);
  }
  draft.refuse(RefusalId::non_root_required, base::cat(place.pointer, "/user/uid"),
               base::cat("the process runs as root (uid 0) and the policy requires another user (",
                         require_source("process.run_as_non_root", setting), ")"));
}

void decide_root_filesystem(const Question& question, Draft& draft) {
  const auto& setting = question.settings.read_only_rootfs;
  if (!question.spec.has_root || question.spec.root_readonly) return;
  const std::string source = require_source("process.read_only_rootfs", setting);
  const std::string because = because_of(question.settings, setting.origin);
  switch (setting.value) {
    case KeepSetRequire::keep:
      if (because.empty()) return;
      return draft.explain("root", base::cat("left writable (", source, ")"), because);
    case KeepSetRequire::set:
      draft.plan.paths.root_read_only = true;
      draft.explain("root", base::cat("made read-only (", source, ")"));
      return draft.set_member(Change::read_only_rootfs, "/root/readonly", "true");
    case KeepSetRequire::require:
      return draft.refuse(
          RefusalId::read_only_rootfs_required, "/root/readonly",
          base::cat("the root file system is writable and the policy requires read-only (", source,
                    ")"));
  }
}

namespace {

// A new one, or one that it joins.
bool has_user_namespace(const oci_config::RuntimeSpec& spec) {
  return std::ranges::find(spec.namespaces, oci_config::NamespaceType::user,
                           &oci_config::NamespaceEntry::type) != spec.namespaces.end();
}

}  // namespace

void decide_user_namespace(const Question& question, Draft& draft) {
  const auto& setting = question.settings.user_namespace;
  if (has_user_namespace(question.spec)) return;
  const std::string source = require_source("process.user_namespace", setting);
  if (setting.value == KeepOrRequire::keep) {
    const std::string because = because_of(question.settings, setting.origin);
    if (because.empty()) return;
    return draft.explain("user_namespace", base::cat("none is asked for (", source, ")"), because);
  }
  draft.refuse(RefusalId::user_namespace_required, "/linux/namespaces",
               base::cat("config.json asks for no user namespace, so that root in the container is "
                         "root of the node, and the policy requires one (",
                         source, ")"));
}

}  // namespace bulkhead::policy
