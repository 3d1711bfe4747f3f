#include "record/profiles/profile_document.h"

#include <algorithm>
#include <set>

#include "base/counted.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/times.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::record {

using base::cat;
using base::JsonWriter;
using oci_config::SeccompArch;
using oci_config::SeccompProfile;
using oci_config::SyscallRule;

namespace {

std::string containers_text(const Record& record) {
  const std::uint64_t count = record.containers.size() + record.earlier.containers;
  return base::counted(count, "container");
}

std::string kernels_text(const Record& record) {
  std::set<std::string> kernels;
  for (const auto& [key, container] : record.containers) {
    if (!container.kernel.empty()) kernels.insert(base::quoted(container.kernel));
  }
  if (kernels.empty()) return {};
  return cat(kernels.size() == 1 ? ", kernel " : ", kernels ",
             base::join({kernels.begin(), kernels.end()}, " and "));
}

std::string readable(Time time) { return base::readable_time(utc_text(time)); }

// ---- the Security Profiles Operator
// ---------------------------------------------------------------

// Its profiles have no errno of the default action, so that what is not ruled is answered EPERM.
// Each call that gets the default answer is named in a rule that gives its errno.
SyscallRule default_as_rule(const SeccompProfile& profile) {
  std::set<std::string_view> ruled;
  for (const SyscallRule& rule : profile.syscalls)
    ruled.insert(rule.names.begin(), rule.names.end());
  std::set<std::string> names;
  for (const SeccompArch arch : profile.architectures) {
    for (const policy::SyscallEntry& entry : policy::syscalls_of(arch)) {
      if (!ruled.contains(entry.name)) names.emplace(entry.name);
    }
  }
  return {.names = {names.begin(), names.end()}, .action = profile.default_action};
}

SeccompProfile for_operator(SeccompProfile profile) {
  SyscallRule rule = default_as_rule(profile);
  if (!rule.names.empty()) profile.syscalls.push_back(std::move(rule));
  profile.default_action.errno_ret.reset();
  return profile;
}

std::string operator_document(const Record& record, const SeccompProfile& profile) {
  JsonWriter json;
  json.begin_object();
  json.member("apiVersion", "security-profiles-operator.x-k8s.io/v1beta1");
  json.member("kind", "SeccompProfile");
  json.begin_object("metadata");
  json.member("name", record.name);
  json.begin_object("annotations");
  json.member("bulkhead/record", provenance_of(record));
  json.end_object();
  json.end_object();
  json.member_raw("spec", to_oci_json(for_operator(profile)));
  json.end_object();
  return json.finish();
}

// ---- the container engines
// --------------------------------------------------------------------------

std::string engine_document(const Record& record, SeccompProfile profile) {
  profile.dialect = oci_config::ProfileDialect::container_engine;
  if (!profile.syscalls.empty()) {
    std::string& comment = profile.syscalls.front().comment;
    comment = comment.empty() ? provenance_of(record) : cat(provenance_of(record), ". ", comment);
  }
  return to_pretty_json(profile);
}

}  // namespace

std::string_view name_of(ProfileFormat format) {
  switch (format) {
    case ProfileFormat::oci: return "oci";
    case ProfileFormat::docker: return "docker";
    case ProfileFormat::spo: return "spo";
  }
  return "oci";
}

std::string provenance_of(const Record& record) {
  const std::string losses = text_of(all_losses(record));
  return cat("Made from the record '", record.name, "': ", containers_text(record), " from ",
             readable(record.since), " to ", readable(last_of(record)), " UTC",
             kernels_text(record),
             losses.empty() ? "; nothing was lost" : cat("; incomplete: ", losses));
}

std::string to_document(const Record& record, const RecordedProfile& profile,
                        ProfileFormat format) {
  switch (format) {
    case ProfileFormat::oci: return to_pretty_json(profile.expanded);
    case ProfileFormat::docker: return engine_document(record, profile.open);
    case ProfileFormat::spo: return operator_document(record, profile.expanded);
  }
  return {};
}

}  // namespace bulkhead::record
