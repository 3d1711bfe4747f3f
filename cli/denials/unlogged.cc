#include "cli/denials/unlogged.h"

#include <algorithm>

#include "audit/denials/denial_cause.h"
#include "base/text.h"
#include "cli/names/containers.h"

namespace bulkhead::cli {

using base::cat;

namespace {

constexpr std::size_t kMostNames = 3;

// KILL_* and LOG are recorded whatever the flags are, and ALLOW denies nothing.
bool is_recorded_anyway(oci_config::SeccompAction action) {
  switch (action) {
    case oci_config::SeccompAction::kill_process:
    case oci_config::SeccompAction::kill_thread:
    case oci_config::SeccompAction::log:
    case oci_config::SeccompAction::allow: return true;
    case oci_config::SeccompAction::trap:
    case oci_config::SeccompAction::return_errno:
    case oci_config::SeccompAction::trace:
    case oci_config::SeccompAction::user_notif: return false;
  }
  return false;
}

}  // namespace

bool denies_unrecorded(const audit::ContainerRecord& record,
                       const oci_config::SeccompProfile& profile) {
  if (record.seccomp_unlogged.empty()) return false;
  return !is_recorded_anyway(profile.default_action.action) ||
         std::ranges::any_of(profile.syscalls, [](const auto& rule) {
           return !is_recorded_anyway(rule.action.action);
         });
}

UnloggedContainers unlogged_containers(const std::vector<audit::ContainerRecord>& records,
                                       const policy::NodeFacts& facts) {
  UnloggedContainers found;
  for (const audit::ContainerRecord& record : records) {
    if (audit::is_stale(record)) continue;
    const auto profile = audit::profile_of(record.bundle, record.seccomp, facts);
    if (!profile || !denies_unrecorded(record, *profile)) continue;
    const std::string name = display_name(record.identity);
    found[record.seccomp_unlogged].push_back(name.empty() ? short_id(record.identity.id) : name);
  }
  return found;
}

namespace {

std::string who(const std::vector<std::string>& names) {
  const std::vector<std::string> first(
      names.begin(),
      names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostNames)));
  std::string text = base::join(first, ", ");
  if (names.size() > kMostNames) text += cat(" and ", names.size() - kMostNames, " more");
  return text;
}

}  // namespace

std::string unlogged_sentence(const UnloggedContainers& containers) {
  if (containers.empty()) return {};
  std::vector<std::string> parts;
  for (const auto& [why, names] : containers) {
    parts.push_back(cat("what the seccomp filters of ", who(names), " deny, because ", why));
  }
  return cat("Not recorded: ", base::join(parts, "; "),
             ". \"seccomp\": {\"log_denials\": \"always\"} in the policy logs it in containers "
             "that start from then on.");
}

}  // namespace bulkhead::cli
