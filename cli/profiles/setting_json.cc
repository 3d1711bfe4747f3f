#include "cli/profiles/setting_json.h"

#include <string_view>

#include "policy/settings/rule_match.h"
#include "policy/settings/settings_table.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::JsonWriter;

std::string json_of(const policy::TrustedRuntime& trusted) {
  JsonWriter json;
  json.begin_object();
  json.member("runtime", trusted.runtime);
  json.member("because", trusted.because);
  json.end_object();
  return json.take();
}

// Writes settings as members; those of one section, which follow one another, in its object.
class SettingWriter {
 public:
  explicit SettingWriter(JsonWriter& json) : json_(json) {}
  ~SettingWriter() { open_section({}); }
  SettingWriter(const SettingWriter&) = delete;
  SettingWriter& operator=(const SettingWriter&) = delete;

  void write(const auto& row, const auto& setting) {
    open_section(row.section());
    json_.member_raw(row.name(), cli::json_of(setting.value));
  }

 private:
  void open_section(std::string_view section) {
    if (section == open_) return;
    if (!open_.empty()) json_.end_object();
    if (!section.empty()) json_.begin_object(section);
    open_ = section;
  }

  JsonWriter& json_;
  std::string_view open_;
};

template <class T>
const policy::Setting<T>* set_in(const policy::Setting<T>& setting) {
  return &setting;
}
template <class T>
const policy::Setting<T>* set_in(const policy::MaybeSetting<T>& setting) {
  return setting ? &*setting : nullptr;
}

void write_globals(const policy::Policy& policy, JsonWriter& json) {
  SettingWriter writer(json);
  policy::for_each_setting(policy::kNodeSettings,
                           [&](const auto& row) { writer.write(row, row.member(policy)); });
  policy::for_each_setting(policy::kContainerSettings, [&](const auto& row) {
    const auto* setting = set_in(row.member(policy.globals));
    if (setting != nullptr && row.rules_only.empty()) writer.write(row, *setting);
  });
}

void write_match(const policy::RuleMatch& match, JsonWriter& json) {
  json.begin_object("match");
  for (const policy::MatchGlob& row : policy::match_globs()) {
    if (const auto& glob = match.*row.glob) json.member(row.key, *glob);
  }
  if (match.privileged) json.member("privileged", *match.privileged);
  json.end_object();
}

void write_settings(const policy::SettingsOverride& settings, JsonWriter& json) {
  SettingWriter writer(json);
  policy::for_each_setting(policy::kContainerSettings, [&](const auto& row) {
    if (const auto* setting = set_in(row.member(settings))) writer.write(row, *setting);
  });
}

void write_rule(const policy::Rule& rule, JsonWriter& json) {
  json.begin_object();
  json.member("name", rule.name);
  write_match(rule.match, json);
  json.member_if_any("because", rule.because);
  write_settings(rule.settings, json);
  json.end_object();
}

}  // namespace

std::string json_of(const std::vector<std::string>& list) { return base::json_array(list); }

std::string json_of(const std::vector<policy::TrustedRuntime>& list) {
  JsonWriter json;
  json.begin_array();
  for (const policy::TrustedRuntime& trusted : list) json.element_raw(json_of(trusted));
  json.end_array();
  return json.take();
}

std::string json_of(const std::optional<policy::MetricsAddress>& address) {
  return base::json_string(address ? policy::text_of(*address) : "none");
}

std::string json_of(const policy::ProfileRef& profile) { return base::json_string(profile.text()); }

std::string json_of(const policy::SeccompFloor& floor) { return base::json_string(floor.text()); }

std::string json_of(const policy::BacklogLimit& limit) {
  return limit.records == 0 ? base::json_string("keep") : cat(limit.records);
}

std::string json_of(const policy::RecordRequest& request) {
  if (request.execs) return base::json_string(request.name);
  JsonWriter json;
  json.begin_object();
  json.member("name", request.name);
  json.member("exec", false);
  json.end_object();
  return json.take();
}

std::string json_of(policy::LogDenials value) {
  const std::string_view name = name_of(value);
  return value == policy::LogDenials::always ? base::json_string(name) : std::string(name);
}

std::string document_of(const policy::Policy& policy) {
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object();
  json.member("version", 1);
  write_globals(policy, json);
  json.begin_array("rules");
  for (const policy::Rule& rule : policy.rules) write_rule(rule, json);
  json.end_array();
  json.end_object();
  return json.finish();
}

}  // namespace bulkhead::cli
