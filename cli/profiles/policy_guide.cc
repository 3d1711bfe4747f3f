#include "cli/profiles/policy_guide.h"

#include <fcntl.h>

#include <algorithm>

#include "admission/examine.h"
#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/frame/find_command.h"
#include "cli/frame/result_file.h"
#include "cli/profiles/policy_command.h"
#include "cli/profiles/setting_json.h"
#include "cli/screen/layout.h"
#include "policy/settings/settings_table.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::ExitCode;
using base::Result;

// Help and values are Markdown in the table: `code` and [words](of a link).
std::string plain(std::string_view markdown) {
  std::string text;
  while (!markdown.empty()) {
    const bool ends_link = markdown.starts_with("](");
    const char byte = markdown.front();
    markdown.remove_prefix(ends_link ? std::min(markdown.size(), markdown.find(')') + 1) : 1);
    const bool begins_link = byte == '[' && markdown.contains("](");
    if (!ends_link && !begins_link && byte != '`') text += byte;
  }
  return text;
}

// A setting as a person asks for it.
struct Guide {
  std::string_view key, section, name, help, rules_only;
  std::string values;
  std::string built_in;  // JSON; empty where there is none outside rules
};

template <class Row>
Guide guide_to(const Row& row) {
  Guide guide{.key = row.key,
              .section = row.section(),
              .name = row.name(),
              .help = row.help,
              .rules_only = row.rules_only,
              .values = plain(policy::values_of(row))};
  if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(row.built_in)>, std::nullopt_t>) {
    guide.built_in = json_of(policy::built_in(row).value);
  }
  return guide;
}

std::vector<Guide> guides() {
  std::vector<Guide> all;
  const auto add = [&](const auto& row) { all.push_back(guide_to(row)); };
  policy::for_each_setting(policy::kNodeSettings, add);
  policy::for_each_setting(policy::kContainerSettings, add);
  return all;
}

// ---- a document to begin with -------------------------------------------------------------------

constexpr std::string_view kHead =
    R"(// What must hold for the containers of this node. Each value is the built-in
// one; bulkhead-policy(5) has the details. Before it is in force:
// `bulkhead policy check FILE`.
{
  "version": 1)";
constexpr std::string_view kTail = R"(,

  // For some containers only; a rule that weakens something says why:
  //   {"name": "cni", "match": {"container": "cni-*"},
  //    "because": "sets up the network of pods", "seccomp": {"unset": "keep"}}
  "rules": []
}
)";

void append_comment(std::string& document, const Guide& guide, std::size_t indent) {
  const std::string space(indent, ' ');
  const std::string text = cat(plain(guide.help), "; values: ", guide.values);
  for (const std::string& line : wrap(text, kScreenColumns - indent - 3)) {
    document += cat('\n', space, "// ", line);
  }
}

void append_setting(std::string& document, const Guide& guide, std::size_t indent) {
  append_comment(document, guide, indent);
  document +=
      cat('\n', std::string(indent, ' '), base::json_string(guide.name), ": ", guide.built_in);
}

std::string starter() {
  std::string document(kHead);
  std::string_view open;  // the section that stands open
  for (const Guide& guide : guides()) {
    if (guide.built_in.empty() || !guide.rules_only.empty()) continue;
    const bool goes_on = !open.empty() && guide.section == open;
    if (!open.empty() && !goes_on) document += "\n  }";
    document += ',';
    if (!goes_on) document += '\n';
    if (!goes_on && !guide.section.empty()) {
      document += cat("\n  ", base::json_string(guide.section), ": {");
    }
    open = guide.section;
    append_setting(document, guide, open.empty() ? 2 : 4);
  }
  if (!open.empty()) document += "\n  }";
  return document += kTail;
}

// ---- one setting --------------------------------------------------------------------------------

base::Error unknown_key(const std::string& key) {
  const auto all = guides();
  std::vector<std::string_view> keys;
  for (const Guide& guide : all) {
    keys.push_back(guide.key);
    keys.push_back(guide.section);
  }
  const auto near = nearest_word(key, keys);
  return {ErrorCode::usage, cat("a policy has no key ", base::quoted(key)),
          near ? cat("did you mean ", *near, '?') : "`bulkhead policy explain` lists them"};
}

// The settings that it means: one, those of a section, or those of that name in any section.
std::vector<Guide> guides_called(const std::string& key) {
  std::vector<Guide> found;
  for (const Guide& guide : guides()) {
    if (key.empty() || guide.key == key || guide.section == key) found.push_back(guide);
  }
  if (!found.empty()) return found;
  for (const Guide& guide : guides()) {
    if (guide.name == key) found.push_back(guide);
  }
  return found;
}

std::string in_force(const policy::Policy& policy, std::string_view key) {
  for (const SettingRow& row : rows_of(policy)) {
    if (row.key == key) return cat(row.value, " (", describe(row.origin), ')');
  }
  return "by rules only";
}

void write_guide(const Guide& guide, const std::string& now, Output& output) {
  output.line(output.styled(Style::bold, guide.key));
  output.write(paragraph(plain(guide.help), 2));
  output.write(paragraph(cat("values: ", guide.values), 2));
  if (!guide.built_in.empty()) output.write(paragraph(cat("built in: ", guide.built_in), 2));
  if (!guide.rules_only.empty()) {
    output.write(paragraph(cat("in rules only: ", plain(guide.rules_only)), 2));
  }
  output.write(paragraph(cat("in force: ", now), 2));
}

void write_guide_json(const Guide& guide, const std::string& now, base::JsonWriter& json) {
  json.begin_object();
  json.member("key", guide.key);
  json.member("help", plain(guide.help));
  json.member("values", guide.values);
  if (!guide.built_in.empty()) json.member_raw("built_in", guide.built_in);
  json.member("rules_only", !guide.rules_only.empty());
  json.member("in_force", now);
  json.end_object();
}

}  // namespace

CommandHelp PolicyInitCommand::help() const {
  return {
      .name = "policy init",
      .summary = "print a policy to begin with: every key, explained",
      .description =
          "Prints a policy that says what the built-in one does, with each key explained in a "
          "comment: take out what is not meant to change. A file that is there is left alone.",
      .exit_codes = "",
      .examples = {"bulkhead policy init | less",
                   "bulkhead policy init --output /etc/bulkhead/policy.json"},
  };
}

std::vector<Option> PolicyInitCommand::options() {
  return {{"--output", "FILE", "write it there", &output_, false, {}, "-o"},
          {"--json", "", "without the comments", &json_}};
}

Result<ExitCode> PolicyInitCommand::run(Environment& environment) {
  if (!output_.empty() && base::file_exists_at(AT_FDCWD, output_)) {
    return base::fail(ErrorCode::usage, cat(base::quoted(output_), " is there already"),
                      "name another file, or change this one by hand");
  }
  const std::string text = json_ ? document_of(policy::built_in_policy()) : starter();
  if (auto written = write_result(output_, text, environment); !written) {
    return std::unexpected(written.error());
  }
  return ExitCode::ok;
}

CommandHelp PolicyExplainCommand::help() const {
  return {
      .name = "policy explain",
      .summary = "what a key of the policy means, and what is in force",
      .description =
          "Tells of KEY (seccomp.unset, or a section such as apparmor; every key without it) what "
          "it says, which values it takes, which is built in, and what is in force on this node "
          "and by which line of which file.",
      .exit_codes = "",
      .examples = {"bulkhead policy explain seccomp.unset", "bulkhead policy explain apparmor"},
  };
}

std::vector<Option> PolicyExplainCommand::options() {
  return {{"KEY", "", "a key or a section; all of them without it", &key_},
          {"--json", "", "print one JSON object for each key", &json_}};
}

Result<ExitCode> PolicyExplainCommand::run(Environment& environment) {
  const auto found = guides_called(key_);
  if (found.empty()) return std::unexpected(unknown_key(key_));
  const auto policy = admission::load_policy(environment.paths);
  for (const Guide& guide : found) {
    const std::string now = policy ? in_force(*policy, guide.key) : policy.error().message;
    if (!json_) {
      write_guide(guide, now, environment.output);
      continue;
    }
    base::JsonWriter json;
    write_guide_json(guide, now, json);
    environment.output.write(json.finish());
  }
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
