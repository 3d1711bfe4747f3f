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
                       const oci_config::SeccompProfile& profile, policy::LogDenials log) {
  if (log != policy::LogDenials::yes || record.state == audit::RecordState::installed) return false;
  if (std::ranges::find(profile.flags, oci_config::kFlagLog) != profile.flags.end()) {
    return false;
  }
  return !is_recorded_anyway(profile.default_action.action) ||
         std::ranges::any_of(profile.syscalls, [](const auto& rule) {
           return !is_recorded_anyway(rule.action.action);
         });
}

std::vector<std::string> unlogged_containers(const std::vector<audit::ContainerRecord>& records,
                                             const policy::Policy& policy,
                                             const policy::NodeFacts& facts) {
  std::vector<std::string> names;
  for (const audit::ContainerRecord& record : records) {
    if (audit::is_stale(record)) continue;
    const auto profile = audit::profile_of(record.bundle, record.seccomp, facts);
    const auto log = policy::effective_settings(policy, record.identity).seccomp_log_denials.value;
    if (!profile || !denies_unrecorded(record, *profile, log)) continue;
    const std::string name = display_name(record.identity);
    names.push_back(name.empty() ? short_id(record.identity.id) : name);
  }
  return names;
}

std::string unlogged_sentence(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  const std::vector<std::string> first(
      names.begin(),
      names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kMostNames)));
  std::string who = base::join(first, ", ");
  if (names.size() > kMostNames) who += cat(" and ", names.size() - kMostNames, " more");
  return cat("Not recorded: what the seccomp filters of ", who,
             " deny, because their runtime takes no seccomp flags. \"seccomp\": {\"log_denials\": "
             "\"always\"} in the policy logs it in containers that start from then on.");
}

}  // namespace bulkhead::cli
