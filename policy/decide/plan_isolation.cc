// What surrounds the program, as config.json asks for it: nothing is decided here.
#include <algorithm>
#include <optional>

#include "policy/decide/decide_parts.h"

namespace bulkhead::policy {

using oci_config::NamespaceEntry;
using oci_config::NamespaceType;

namespace {

const NamespaceEntry* user_namespace(const oci_config::RuntimeSpec& spec) {
  const auto found = std::ranges::find(spec.namespaces, NamespaceType::user, &NamespaceEntry::type);
  return found == spec.namespaces.end() ? nullptr : &*found;
}

// crun's, set by `podman run --group-add keep-groups`.
bool keeps_caller_groups(const oci_config::RuntimeSpec& spec) {
  const std::string* value = spec.annotation("run.oci.keep_original_groups");
  return value != nullptr && *value == "1";
}

}  // namespace

PlannedUser planned_user(const Question& question, const oci_config::ProcessSpec& process) {
  PlannedUser user{.uid = process.uid,
                   .gid = process.gid,
                   .groups = process.additional_gids,
                   .keeps_caller_groups = keeps_caller_groups(question.spec)};
  const NamespaceEntry* entry = user_namespace(question.spec);
  user.in_user_namespace = entry != nullptr;
  if (entry == nullptr || !entry->path.empty()) return user;
  user.uid_mappings = question.spec.uid_mappings;
  user.gid_mappings = question.spec.gid_mappings;
  return user;
}

PlannedPaths planned_paths(const oci_config::RuntimeSpec& spec) {
  return {.masked = spec.masked_paths,
          .read_only = spec.readonly_paths,
          .root_read_only = spec.root_readonly};
}

std::vector<PlannedNamespace> planned_namespaces(const Question& question) {
  std::vector<PlannedNamespace> planned;
  planned.reserve(question.spec.namespaces.size());
  for (const NamespaceEntry& entry : question.spec.namespaces) {
    planned.push_back({.type = entry.type, .path = entry.path, .joined = std::nullopt});
    const auto found = question.facts.namespaces.find(entry.path);
    if (found != question.facts.namespaces.end()) planned.back().joined = found->second;
  }
  return planned;
}

}  // namespace bulkhead::policy
