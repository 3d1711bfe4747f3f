// Writing a seccomp profile, compact for a config.json or indented for people.
#include "base/json_writer.h"
#include "base/text.h"
#include "oci-config/seccomp_profile.h"

namespace bulkhead::oci_config {

namespace {

using base::JsonWriter;

void write_arches(JsonWriter& json, std::string_view key, const std::vector<SeccompArch>& arches) {
  json.begin_array(key);
  for (const SeccompArch arch : arches) json.element(name_of(arch));
  json.end_array();
}

void write_condition(JsonWriter& json, const ArgCondition& condition) {
  json.begin_object();
  json.member("index", condition.index);
  json.member("value", condition.value);
  if (condition.value_two != 0) json.member("valueTwo", condition.value_two);
  json.member("op", name_of(condition.op));
  json.end_object();
}

void write_filter(JsonWriter& json, std::string_view name, const RuleFilter& filter) {
  if (filter.empty()) return;
  json.begin_object(name);
  if (!filter.capabilities.empty()) json.strings("caps", filter.capabilities);
  if (!filter.arches.empty()) json.strings("arches", filter.arches);
  if (filter.min_kernel) {
    json.member("minKernel", base::cat(filter.min_kernel->major, ".", filter.min_kernel->minor));
  }
  json.end_object();
}

void write_rule(JsonWriter& json, const SyscallRule& rule, ProfileDialect dialect) {
  json.begin_object();
  json.strings("names", rule.names);
  json.member("action", name_of(rule.action.action));
  if (rule.action.errno_ret) json.member("errnoRet", *rule.action.errno_ret);
  if (!rule.args.empty()) {
    json.begin_array("args");
    for (const ArgCondition& condition : rule.args) write_condition(json, condition);
    json.end_array();
  }
  if (dialect == ProfileDialect::container_engine) {
    if (!rule.comment.empty()) json.member("comment", rule.comment);
    write_filter(json, "includes", rule.includes);
    write_filter(json, "excludes", rule.excludes);
  }
  json.end_object();
}

void write_arch_map(JsonWriter& json, const std::vector<ArchMapEntry>& entries) {
  json.begin_array("archMap");
  for (const ArchMapEntry& entry : entries) {
    json.begin_object();
    json.member("architecture", name_of(entry.arch));
    write_arches(json, "subArchitectures", entry.sub_arches);
    json.end_object();
  }
  json.end_array();
}

void write_rules(JsonWriter& json, const std::vector<SyscallRule>& rules, ProfileDialect dialect) {
  json.begin_array("syscalls");
  for (const SyscallRule& rule : rules) write_rule(json, rule, dialect);
  json.end_array();
}

void write_filter_head(JsonWriter& json, const SeccompProfile& profile) {
  json.member("defaultAction", name_of(profile.default_action.action));
  if (profile.default_action.errno_ret) {
    json.member("defaultErrnoRet", *profile.default_action.errno_ret);
  }
  if (!profile.architectures.empty()) {
    write_arches(json, "architectures", profile.architectures);
  }
}

void write_flags_and_listener(JsonWriter& json, const SeccompProfile& profile) {
  if (!profile.flags.empty()) json.strings("flags", profile.flags);
  if (!profile.listener_path.empty()) json.member("listenerPath", profile.listener_path);
  if (!profile.listener_metadata.empty()) {
    json.member("listenerMetadata", profile.listener_metadata);
  }
}

void write_profile(JsonWriter& json, const SeccompProfile& profile, ProfileDialect dialect) {
  json.begin_object();
  write_filter_head(json, profile);
  if (dialect == ProfileDialect::container_engine && !profile.arch_map.empty()) {
    write_arch_map(json, profile.arch_map);
  }
  write_flags_and_listener(json, profile);
  if (!profile.syscalls.empty()) write_rules(json, profile.syscalls, dialect);
  json.end_object();
}

// Near enough from above that the text is built in one allocation.
std::size_t expected_bytes(const SeccompProfile& profile) {
  constexpr std::size_t kPerProfile = 512;
  constexpr std::size_t kPerRule = 64;
  constexpr std::size_t kPerCondition = 96;
  constexpr std::size_t kPerName = 4;
  std::size_t bytes = kPerProfile;
  for (const SyscallRule& rule : profile.syscalls) {
    bytes += kPerRule + kPerCondition * rule.args.size();
    for (const std::string& name : rule.names) bytes += kPerName + name.size();
  }
  return bytes;
}

}  // namespace

std::string to_oci_json(const SeccompProfile& profile) {
  JsonWriter json;
  json.reserve(expected_bytes(profile));
  write_profile(json, profile, ProfileDialect::oci);
  return json.take();
}

std::string filter_json(const SeccompProfile& profile) {
  JsonWriter json;
  json.reserve(expected_bytes(profile));
  json.begin_object();
  write_filter_head(json, profile);
  if (!profile.syscalls.empty()) write_rules(json, profile.syscalls, ProfileDialect::oci);
  json.end_object();
  return json.take();
}

std::string to_oci_json(const SeccompProfile& profile, std::string_view filter_json) {
  constexpr std::size_t kFlagsAndListener = 512;
  JsonWriter json;
  json.reserve(filter_json.size() + kFlagsAndListener);
  json.begin_object();
  write_filter_head(json, profile);
  write_flags_and_listener(json, profile);
  std::string text = json.take();
  // In front of the rules there are only names of actions and architectures.
  const auto rules = filter_json.find(",\"syscalls\":[");
  text += rules == std::string_view::npos ? "}" : filter_json.substr(rules);
  return text;
}

std::string to_pretty_json(const SeccompProfile& profile) {
  JsonWriter json(JsonWriter::Layout::indented);
  json.reserve(4 * expected_bytes(profile));
  write_profile(json, profile, profile.dialect);
  return json.finish();
}

}  // namespace bulkhead::oci_config
