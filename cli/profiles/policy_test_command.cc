#include "cli/profiles/policy_test_command.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>

#include "admission/examine.h"
#include "audit/records/record.h"
#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/names/containers.h"
#include "cli/profiles/policy_command.h"
#include "cli/screen/layout.h"
#include "oci-config/bundle.h"
#include "policy/settings/rule_match.h"
#include "policy/settings/settings_table.h"
#include "policy/values/identity_json.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ExitCode;
using base::quoted;
using base::Result;
using policy::Identity;
using policy::Rule;

// ---- who is asked about -------------------------------------------------------------------------

Result<Identity> identity_of_bundle(std::string bundle, const std::string& id) {
  const auto opened = oci_config::open_config(bundle);
  if (!opened) return std::unexpected(opened.error());
  const auto spec = oci_config::read_runtime_spec(opened->document);
  if (!spec) return std::unexpected(spec.error());
  while (bundle.size() > 1 && bundle.ends_with('/')) bundle.pop_back();
  // An engine's bundle is in a directory of the container's id.
  const std::string of_directory = bundle.substr(bundle.rfind('/') + 1);
  return policy::identify(
      *spec,
      {.container_id = id.empty() ? of_directory : id, .runtime_root = "", .bundle = bundle});
}

Result<Identity> identity_of_container(const std::string& name, const base::Paths& paths) {
  const auto list = audit::read_records(paths);
  if (!list) return std::unexpected(list.error());
  auto record = find_container(list->records, name);
  if (!record) {
    record.error().remedy =
        "`bulkhead ps` lists them; of any other container name its bundle, the directory with its "
        "config.json";
    return std::unexpected(std::move(record.error()));
  }
  return std::move(record->identity);
}

Result<Identity> identity_of(const std::string& subject, const std::string& id,
                             const base::Paths& paths) {
  const bool is_directory = base::file_exists_at(AT_FDCWD, subject + "/.");
  return is_directory ? identity_of_bundle(subject, id) : identity_of_container(subject, paths);
}

// ---- what the rules do --------------------------------------------------------------------------

// A key that a matching rule sets, and the rule whose value holds instead; its own where it does.
struct SetKey {
  std::string_view key;
  std::string decided_by;
};

struct RuleAnswer {
  const Rule* rule;
  std::optional<policy::Mismatch> mismatch;
  std::vector<SetKey> keys;  // of one that matches
};

std::vector<SetKey> keys_of(const Rule& rule, const policy::EffectiveSettings& effective) {
  std::vector<SetKey> keys;
  policy::for_each_setting(policy::kContainerSettings, [&](const auto& row) {
    if (!row.member(rule.settings)) return;
    const auto& holds = row.member(effective);
    using Holds = std::remove_cvref_t<decltype(holds)>;
    if constexpr (std::is_same_v<Holds, policy::MaybeSetting<
                                            typename std::remove_cvref_t<decltype(row)>::Value>>) {
      keys.push_back({row.key, holds ? holds->origin.rule : std::string()});
    } else {
      keys.push_back({row.key, holds.origin.rule});
    }
  });
  return keys;
}

std::vector<RuleAnswer> answers_of(const policy::Policy& policy, const Identity& identity,
                                   const policy::EffectiveSettings& effective) {
  std::vector<RuleAnswer> answers;
  for (const Rule& rule : policy.rules) {
    auto mismatch = policy::first_mismatch(rule.match, identity);
    auto keys = mismatch ? std::vector<SetKey>() : keys_of(rule, effective);
    answers.push_back({&rule, mismatch, std::move(keys)});
  }
  return answers;
}

bool decides(const RuleAnswer& answer) {
  return std::ranges::any_of(
      answer.keys, [&](const SetKey& key) { return key.decided_by == answer.rule->name; });
}

std::string sentence_of(const policy::Mismatch& mismatch) {
  if (mismatch.key == "privileged") {
    return mismatch.wanted == "true" ? "it is not privileged" : "it is privileged";
  }
  if (mismatch.found.empty()) return cat("it has no ", mismatch.key, " that can be trusted");
  return cat("its ", mismatch.key, " is ", quoted(mismatch.found), ", not ",
             quoted(mismatch.wanted));
}

std::string sentence_of(const RuleAnswer& answer) {
  if (answer.mismatch) return sentence_of(*answer.mismatch);
  if (answer.keys.empty()) return "it sets nothing";
  std::vector<std::string> parts;
  for (const SetKey& key : answer.keys) {
    const bool own = key.decided_by == answer.rule->name;
    parts.push_back(own ? cat("sets ", key.key)
                        : cat("not ", key.key, ", which ", quoted(key.decided_by), " sets first"));
  }
  if (decides(answer) && !answer.rule->because.empty()) {
    parts.push_back(cat("because ", quoted(answer.rule->because)));
  }
  return base::join(parts, "; ");
}

// ---- what is shown ------------------------------------------------------------------------------

struct Answer {
  Identity identity;
  std::vector<RuleAnswer> rules;
  std::vector<SettingRow> settings;
};

void write_identity(const Identity& identity, Output& output) {
  output.write(paragraph(describe(identity)));
  const auto line = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) output.write(paragraph(cat(key, ": ", quoted(value)), 2));
  };
  for (const policy::MatchGlob& row : policy::match_globs()) line(row.key, row.name_in(identity));
  output.write(paragraph(identity.privileged ? "privileged" : "not privileged", 2));
  if (!identity.doubt.empty()) {
    output.write(paragraph(cat("it cannot be told which engine runs it: ", identity.doubt,
                               "; where any rule asks for a name it is refused"),
                           2));
  }
}

void write_rules(const std::vector<RuleAnswer>& answers, Output& output) {
  if (answers.empty()) return output.line("The policy has no rules.");
  Table table({"RULE", "APPLIES", "WHY"});
  for (const RuleAnswer& answer : answers) {
    const bool applies = decides(answer);
    table.row({{quoted(answer.rule->name)},
               {applies ? "yes" : "no", applies ? Style::good : Style::dim},
               {sentence_of(answer)}});
  }
  output.write(table.text(output));
}

void write_text(const Answer& answer, Output& output) {
  write_identity(answer.identity, output);
  output.line();
  write_rules(answer.rules, output);
  output.line();
  Table table({"SETTING", "VALUE", "FROM"});
  for (const SettingRow& row : answer.settings) {
    const std::string rule =
        row.origin.rule.empty() ? std::string() : cat("rule ", quoted(row.origin.rule), ", ");
    table.row({{row.key}, {row.value}, {rule + describe(row.origin)}});
  }
  output.write(table.text(output));
}

void write_rule_json(const RuleAnswer& answer, base::JsonWriter& json) {
  json.begin_object();
  json.member("name", answer.rule->name);
  json.member("file", answer.rule->origin.file);
  json.member("line", answer.rule->origin.line);
  json.member("matches", !answer.mismatch);
  json.member("applies", decides(answer));
  json.member("why", sentence_of(answer));
  if (answer.mismatch) json.member("first_mismatch", answer.mismatch->key);
  json.member_if_any("because", answer.rule->because);
  json.end_object();
}

void write_json(const Answer& answer, Output& output) {
  base::JsonWriter json;
  json.begin_object();
  json.begin_object("container");
  policy::write_whole_identity(json, answer.identity);
  json.end_object();
  json.begin_array("rules");
  for (const RuleAnswer& rule : answer.rules) write_rule_json(rule, json);
  json.end_array();
  write_rows(answer.settings, json);
  json.end_object();
  output.write(json.finish());
}

}  // namespace

CommandHelp PolicyTestCommand::help() const {
  return {
      .name = "policy test",
      .summary = "which rules apply to a container, which nearly do, and what holds for it",
      .description =
          "Holds each rule of this node's policy against one container, which Bulkhead started or "
          "whose BUNDLE (the directory with its config.json) is named: which rules apply and what "
          "they set, and of the others the first key that does not match. Then every setting that "
          "holds for it, and where it comes from. What would happen to it, `bulkhead check` says.",
      .exit_codes = "",
      .examples = {"bulkhead policy test shop/web-7d4", "bulkhead policy test --json ./bundle"},
  };
}

std::vector<Option> PolicyTestCommand::options() {
  return {{"CONTAINER|BUNDLE", "", "a container's name or id, or a directory", &subject_, true},
          {"--id", "ID", "of a bundle's container (default: its directory's name)", &id_},
          {"--json", "", "print one JSON object", &json_}};
}

Result<ExitCode> PolicyTestCommand::run(Environment& environment) {
  const auto policy = admission::load_policy(environment.paths);
  if (!policy) return std::unexpected(policy.error());
  const auto identity = identity_of(subject_, id_, environment.paths);
  if (!identity) return std::unexpected(identity.error());
  const auto effective = policy::effective_settings(*policy, *identity);
  const Answer answer{*identity, answers_of(*policy, *identity, effective), rows_of(effective)};
  json_ ? write_json(answer, environment.output) : write_text(answer, environment.output);
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
