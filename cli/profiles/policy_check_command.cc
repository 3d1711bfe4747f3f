// `bulkhead policy check`.
#include <algorithm>
#include <utility>

#include "admission/examine.h"
#include "admission/ignored_files.h"
#include "admission/load_apparmor.h"
#include "base/counted.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/frame/input.h"
#include "cli/profiles/policy_command.h"
#include "cli/profiles/policy_warnings.h"
#include "cli/screen/layout.h"
#include "oci-config/json.h"
#include "policy/settings/policy_reader.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::ExitCode;
using base::Result;

// One file as if it were the only policy of the node, or the node's own.
Result<admission::PolicyDocuments> documents_of(const std::string& file, const base::Paths& paths) {
  if (file.empty()) return admission::read_policy_documents(paths);
  auto text = read_input(file, oci_config::kMaxPolicyBytes);
  if (!text) return std::unexpected(std::move(text.error()));
  return admission::PolicyDocuments{
      .documents = {{.path = described_input(file), .text = std::move(*text)}}, .ignored = {}};
}

policy::ExaminedPolicy examined(admission::PolicyDocuments read) {
  policy::ExaminedPolicy policy = read.documents.empty()
                                      ? policy::ExaminedPolicy{policy::built_in_policy(), {}}
                                      : policy::examine_policy(std::move(read.documents));
  policy.policy.ignored = std::move(read.ignored);
  return policy;
}

std::vector<std::string> warnings_of(const policy::Policy& policy, const Environment& environment) {
  auto places = admission::apparmor_places(policy, environment.paths);
  places.securityfs.insert(0, environment.root);
  return policy_warnings(policy, places);
}

void write_list(const std::vector<std::string>& sentences, Style style, std::string_view word,
                Output& output) {
  for (const std::string& sentence : sentences) {
    output.line(cat(output.styled(style, word), ": ", sentence));
  }
}

void write_verdict(const policy::ExaminedPolicy& policy, Output& output) {
  if (!policy.findings.empty()) {
    output.line(cat("not valid: ", base::counted(policy.findings.size(), "mistake"),
                    "; as the node's policy it refuses every container"));
    return;
  }
  const policy::Policy& valid = policy.policy;
  const std::string files =
      valid.files.empty() ? "no policy file: built-in policy" : base::join(valid.files, ", ");
  output.write(paragraph(cat("valid: ", files, "; mode ", name_of(valid.mode.value), ", ",
                             base::counted(valid.rules.size(), "rule"))));
}

// What `policy show --json` has, where there is nothing wrong; else the mistakes as a list.
void write_json(const policy::ExaminedPolicy& policy, const std::vector<std::string>& warnings,
                Output& output) {
  base::JsonWriter json;
  json.begin_object();
  json.member("valid", policy.findings.empty());
  json.strings("mistakes", policy.findings);
  json.strings("warnings", warnings);
  if (policy.findings.empty()) write_members(policy.policy, json);
  json.end_object();
  output.write(json.finish());
}

}  // namespace

CommandHelp PolicyCheckCommand::help() const {
  return {
      .name = "policy check",
      .summary = "is the policy valid? Ask before it is in force",
      .description =
          "Reads the policy of this node, or FILE as if it were the only one, and reports every "
          "mistake, one a line, with file, line and what was probably meant; then what is "
          "probably not meant: profiles and runtimes that are missing, rules that another hides. "
          "While the node's policy is not "
          "valid every container is refused.",
      .exit_codes = "0 when the policy is valid; 5 when it is not or cannot be read.",
      .examples = {"bulkhead policy check", "bulkhead policy check ./policy.json"},
  };
}

std::vector<Option> PolicyCheckCommand::options() {
  return {
      {"FILE", "", "a policy document; -: standard input; without it, those of this node", &file_},
      {"--json", "", "print one JSON object", &json_}};
}

Result<ExitCode> PolicyCheckCommand::run(Environment& environment) {
  auto read = documents_of(file_, environment.paths);
  if (!read) {
    read.error().code = ErrorCode::policy;  // a policy that cannot be read is no better
    return std::unexpected(std::move(read.error()));
  }
  policy::ExaminedPolicy policy = examined(std::move(*read));
  if (file_.empty()) {
    const auto recordings = admission::ignored_recordings(environment.paths);
    policy.policy.ignored.insert(policy.policy.ignored.end(), recordings.begin(), recordings.end());
  }
  const bool valid = policy.findings.empty();
  const auto warnings =
      valid ? warnings_of(policy.policy, environment) : std::vector<std::string>();
  if (json_) {
    write_json(policy, warnings, environment.output);
  } else {
    write_list(policy.findings, Style::bad, "mistake", environment.output);
    write_list(warnings, Style::warning, "warning", environment.output);
    write_verdict(policy, environment.output);
  }
  return valid ? ExitCode::ok : ExitCode::policy;
}

}  // namespace bulkhead::cli
