#include "cli/profiles/policy_command.h"

#include "admission/examine.h"
#include "admission/ignored_files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/frame/input.h"
#include "cli/profiles/setting_json.h"
#include "cli/screen/layout.h"
#include "oci-config/json.h"
#include "policy/settings/policy_reader.h"
#include "policy/settings/rule_match.h"
#include "policy/settings/settings_table.h"

namespace bulkhead::cli {

namespace {

using base::ExitCode;
using base::Result;

std::string text_of(const std::vector<std::string>& list) {
  std::vector<std::string> safe;
  for (const std::string& item : list) safe.push_back(base::quoted(item));
  return list.empty() ? "(none)" : base::join(safe, ", ");
}
std::string text_of(const std::vector<policy::TrustedRuntime>& list) {
  std::vector<std::string> entries;
  for (const policy::TrustedRuntime& entry : list) {
    entries.push_back(
        base::cat(base::quoted(entry.runtime), " because ", base::quoted(entry.because)));
  }
  return list.empty() ? "(none)" : base::join(entries, ", ");
}
std::string text_of(const policy::ProfileRef& profile) { return profile.text(); }
std::string text_of(const policy::SeccompFloor& floor) { return floor.text(); }
std::string text_of(const std::optional<policy::MetricsAddress>& address) {
  return address ? base::quoted(policy::text_of(*address)) : "none";
}
std::string text_of(const policy::BacklogLimit& limit) {
  return limit.records == 0 ? "keep" : base::cat(limit.records);
}
std::string text_of(const policy::RecordRequest& record) {
  return base::cat(record.name, record.execs ? "" : " (without exec)");
}
std::string text_of(auto value) { return std::string(name_of(value)); }

template <class T>
void add(std::vector<SettingRow>& rows, std::string_view key, const policy::Setting<T>& setting) {
  rows.push_back({std::string(key), text_of(setting.value), setting.origin});
}
template <class T>
void add(std::vector<SettingRow>& rows, std::string_view key,
         const policy::MaybeSetting<T>& setting) {
  if (setting) add(rows, key, *setting);
}

void add_all(std::vector<SettingRow>& rows, const auto& table, const auto& settings) {
  policy::for_each_setting(table,
                           [&](const auto& row) { add(rows, row.key, row.member(settings)); });
}

void write_rule(const policy::Rule& rule, Output& output) {
  output.line();
  output.write(paragraph(base::cat("Rule ", base::quoted(rule.name), " (", describe(rule.origin),
                                   ") for ", match_text(rule.match), ':')));
  for (const SettingRow& row : rows_of(rule.settings)) {
    output.write(paragraph(base::cat(row.key, " = ", row.value), 2));
  }
  if (!rule.because.empty()) {
    output.write(paragraph(base::cat("because ", base::quoted(rule.because)), 2));
  }
}

void write_ignored(const policy::Policy& policy, Output& output) {
  for (const std::string& file : policy.ignored) {
    output.write(
        paragraph(base::cat("Ignored: ", base::quoted(file), ": ", admission::why_ignored(file))));
  }
}

void write_policy(const policy::Policy& policy, Output& output) {
  output.write(paragraph(policy.files.empty()
                             ? std::string("No policy file: the built-in policy is in force.")
                             : base::cat("Read: ", base::join(policy.files, ", "))));
  write_ignored(policy, output);
  output.line();
  Table table({"SETTING", "VALUE", "FROM"});
  for (const SettingRow& row : rows_of(policy)) {
    const bool built_in = row.origin.file == "built-in";
    table.row(
        {{row.key}, {row.value}, {describe(row.origin), built_in ? Style::dim : Style::plain}});
  }
  output.write(table.text(output));
  for (const policy::Rule& rule : policy.rules) write_rule(rule, output);
}

}  // namespace

std::string match_text(const policy::RuleMatch& match) {
  std::vector<std::string> parts;
  for (const policy::MatchGlob& row : policy::match_globs()) {
    const auto& glob = match.*row.glob;
    if (glob) parts.push_back(base::cat(row.key, ' ', base::quoted(*glob)));
  }
  if (match.privileged) parts.emplace_back(*match.privileged ? "privileged" : "not privileged");
  return parts.empty() ? "every container" : base::join(parts, ", ");
}

void write_rows(const std::vector<SettingRow>& rows, base::JsonWriter& json) {
  json.begin_array("settings");
  for (const SettingRow& row : rows) {
    json.begin_object();
    json.member("key", row.key);
    json.member("value", row.value);
    json.member("file", row.origin.file);
    json.member("pointer", row.origin.pointer);
    json.member("line", row.origin.line);
    json.end_object();
  }
  json.end_array();
}

void write_members(const policy::Policy& policy, base::JsonWriter& json) {
  json.strings("files", policy.files);
  json.strings("ignored", policy.ignored);
  write_rows(rows_of(policy), json);
  json.begin_array("rules");
  for (const policy::Rule& rule : policy.rules) {
    json.begin_object();
    json.member("name", rule.name);
    json.member("match", match_text(rule.match));
    json.member("because", rule.because);
    json.member("file", rule.origin.file);
    write_rows(rows_of(rule.settings), json);
    json.end_object();
  }
  json.end_array();
}

std::string describe(const policy::Origin& origin) {
  return origin.line == 0 ? origin.file : base::cat(origin.file, ':', origin.line);
}

std::vector<SettingRow> rows_of(const policy::SettingsOverride& settings) {
  std::vector<SettingRow> rows;
  add_all(rows, policy::kContainerSettings, settings);
  return rows;
}

std::vector<SettingRow> rows_of(const policy::GlobalSettings& settings) {
  std::vector<SettingRow> rows;
  add_all(rows, policy::kContainerSettings, settings);
  return rows;
}

std::vector<SettingRow> rows_of(const policy::Policy& policy) {
  std::vector<SettingRow> rows;
  add_all(rows, policy::kNodeSettings, policy);
  add_all(rows, policy::kContainerSettings, policy.globals);
  return rows;
}

CommandHelp PolicyShowCommand::help() const {
  return {
      .name = "policy show",
      .summary = "what is in force, and which file each value comes from",
      .description =
          "Prints every setting of this node's policy with the file and line that set it, and then "
          "the rules in the order in which they are consulted. With --json it is one policy "
          "document, "
          "which may take the place of all the files.",
      .exit_codes = "",
      .examples = {"bulkhead policy show", "bulkhead policy show --json"},
  };
}

std::vector<Option> PolicyShowCommand::options() {
  return {{"--json", "", "print one policy document that says all of it", &json_}};
}

Result<ExitCode> PolicyShowCommand::run(Environment& environment) {
  const auto policy = admission::load_policy(environment.paths);
  if (!policy) return std::unexpected(policy.error());
  if (!json_) {
    write_policy(*policy, environment.output);
    return ExitCode::ok;
  }
  environment.output.write(document_of(*policy));
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
