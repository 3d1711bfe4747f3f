#include "cli/profiles/lint_report.h"

#include "base/counted.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/screen/layout.h"
#include "oci-config/native_arch.h"
#include "oci-config/seccomp_profile.h"
#include "policy/advice/lint_checks.h"
#include "policy/checks/profile_checks.h"
#include "policy/checks/startup_needs.h"

namespace bulkhead::cli {

namespace {

using policy::Finding;
using policy::Severity;

Style style_of(Severity severity) {
  switch (severity) {
    case Severity::note: return Style::dim;
    case Severity::warning: return Style::warning;
    case Severity::error: return Style::bad;
  }
  return Style::plain;
}

std::string where(const std::string& path, const LintedFinding& found) {
  return found.line == 0 ? path : base::cat(path, ':', found.line);
}

void write_finding(const std::string& path, const LintedFinding& found, Output& output) {
  const Finding& finding = found.finding;
  const std::string severity(name_of(finding.severity));
  output.line(base::cat(where(path, found), ": ",
                        output.styled(style_of(finding.severity), severity),
                        output.styled(Style::dim, base::cat(" [", finding.check, ']'))));
  output.write(paragraph(finding.message, 4));
  if (!finding.remedy.empty()) output.write(paragraph(base::cat("→ ", finding.remedy), 4));
}

// "starts: no (runc, glibc-dynamic)": the question that comes before all others.
std::string starts_text(const policy::Starters& starters) {
  if (!starters.measured) return "starts: not known, since nobody measured it on this architecture";
  if (starters.not_these.empty()) return "starts: yes";
  const std::string these = base::join(starters.not_these, ", ");
  return starters.some ? base::cat("starts: in part (not ", these, ')')
                       : base::cat("starts: no (", these, ')');
}

void write_starts(const LintedFile& file, Output& output) {
  if (!file.starters) return;
  const Style style = file.starters->some ? Style::plain : Style::bad;
  const std::string text = base::cat(file.path, ": ", starts_text(*file.starters));
  for (const std::string& line : wrap(text, kScreenColumns)) {
    output.line(output.styled(style, line));
  }
}

void write_starts_json(const policy::Starters& starters, base::JsonWriter& json) {
  if (!starters.measured) return;
  json.begin_object("starts");
  json.member("some", starters.some);
  json.strings("not", starters.not_these);
  json.end_object();
}

std::string summary(const LintedFile& file) {
  unsigned counts[3] = {};
  for (const LintedFinding& found : file.findings) {
    ++counts[static_cast<unsigned>(found.finding.severity)];
  }
  return base::cat(file.path, ": ", base::counted(counts[2], "error"), ", ",
                   base::counted(counts[1], "warning"), ", ", base::counted(counts[0], "note"));
}

void write_finding_json(const LintedFinding& found, base::JsonWriter& json) {
  json.begin_object();
  json.member("severity", name_of(found.finding.severity));
  json.member("check", found.finding.check);
  json.member("pointer", found.finding.pointer);
  json.member("line", found.line);
  json.member("message", found.finding.message);
  json.member("remedy", found.finding.remedy);
  json.end_object();
}

void write_sarif_rules(std::span<const policy::ProfileCheck> checks, base::JsonWriter& json) {
  for (const policy::ProfileCheck& check : checks) {
    json.begin_object();
    json.member("id", check.id);
    json.begin_object("shortDescription");
    json.member("text", check.help);
    json.end_object();
    json.end_object();
  }
}

void write_sarif_location(const std::string& path, unsigned line, base::JsonWriter& json) {
  json.begin_array("locations");
  json.begin_object();
  json.begin_object("physicalLocation");
  json.begin_object("artifactLocation");
  json.member("uri", path);
  json.end_object();
  if (line > 0) {
    json.begin_object("region");
    json.member("startLine", line);
    json.end_object();
  }
  json.end_object();
  json.end_object();
  json.end_array();
}

void write_sarif_result(const std::string& path, const LintedFinding& found,
                        base::JsonWriter& json) {
  const Finding& finding = found.finding;
  json.begin_object();
  json.member("ruleId", finding.check);
  json.member("level", name_of(finding.severity));
  json.begin_object("message");
  json.member("text", finding.remedy.empty() ? finding.message
                                             : base::cat(finding.message, ". ", finding.remedy));
  json.end_object();
  write_sarif_location(path, found.line, json);
  json.end_object();
}

void write_sarif_driver(base::JsonWriter& json) {
  json.begin_object("tool");
  json.begin_object("driver");
  json.member("name", "bulkhead");
  json.member("version", BULKHEAD_VERSION);
  json.begin_array("rules");
  write_sarif_rules(policy::profile_checks(), json);
  write_sarif_rules(policy::document_checks(), json);
  write_sarif_rules(policy::lint_checks(), json);
  json.end_array();
  json.end_object();
  json.end_object();
}

std::string condition_of(const policy::StartupNeed& need) {
  if (!need.no_new_privileges) return "any";
  return *need.no_new_privileges ? "true" : "false";
}

// "close fstatfs fcntl (of Debian 13) [futex]"
std::string needs_text(const policy::StartupNeed& need) {
  std::string text(need.needed);
  for (const policy::StartupVariant& variant : policy::startup_variants()) {
    for (const std::string_view name : policy::words_of(need.*variant.needed)) {
      text += base::cat(' ', name, " (", variant.text, ')');
    }
  }
  return need.sometimes.empty() ? text : base::cat(text, " [", need.sometimes, ']');
}

}  // namespace

void write_lint_text(const std::vector<LintedFile>& files, Output& output) {
  for (const LintedFile& file : files) {
    write_starts(file, output);
    for (const LintedFinding& found : file.findings) write_finding(file.path, found, output);
    if (!file.repair.empty()) output.write(base::cat("repaired:\n", file.repair));
    output.line(output.styled(Style::bold, summary(file)));
  }
}

std::string lint_json(const std::vector<LintedFile>& files) {
  base::JsonWriter json;
  json.begin_array();
  for (const LintedFile& file : files) {
    json.begin_object();
    json.member("file", file.path);
    if (file.starters) write_starts_json(*file.starters, json);
    json.begin_array("findings");
    for (const LintedFinding& found : file.findings) write_finding_json(found, json);
    json.end_array();
    json.member("repair", file.repair);
    json.end_object();
  }
  json.end_array();
  return json.finish();
}

std::string lint_sarif(const std::vector<LintedFile>& files) {
  base::JsonWriter json;
  json.begin_object();
  json.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  json.member("version", "2.1.0");
  json.begin_array("runs");
  json.begin_object();
  write_sarif_driver(json);
  json.begin_array("results");
  for (const LintedFile& file : files) {
    for (const LintedFinding& found : file.findings) write_sarif_result(file.path, found, json);
  }
  json.end_array();
  json.end_object();
  json.end_array();
  json.end_object();
  return json.finish();
}

void write_needs_text(Output& output) {
  output.write(paragraph(base::cat(
      "System calls that must be allowed before a program has done anything, measured on ",
      policy::startup_measured_on(oci_config::kNativeArch),
      ". A runtime needs its own between loading the filter and execve: more of them "
      "where no_new_privileges is false, since it then loads the filter earlier. "
      "\"a|b\": one is enough. What only some runs need stands in brackets.")));
  output.line();
  Table table({"FOR", "NO_NEW_PRIVS", "NEEDS"});
  for (const policy::StartupNeed& need : policy::startup_needs(oci_config::kNativeArch)) {
    table.row({{std::string(need.id)}, {condition_of(need)}, {needs_text(need)}});
  }
  output.write(table.text(output));
}

std::string needs_json() {
  base::JsonWriter json;
  json.begin_array();
  for (const policy::StartupNeed& need : policy::startup_needs(oci_config::kNativeArch)) {
    json.begin_object();
    json.member("id", need.id);
    json.member("subject", need.subject);
    json.member("architecture", oci_config::name_of(oci_config::kNativeArch));
    if (need.no_new_privileges) json.member("no_new_privileges", *need.no_new_privileges);
    json.strings("needed", policy::words_of(need.needed));
    json.begin_object("needed_where");
    for (const policy::StartupVariant& variant : policy::startup_variants()) {
      json.strings(variant.id, policy::words_of(need.*variant.needed));
    }
    json.end_object();
    json.strings("sometimes", policy::words_of(need.sometimes));
    json.strings("used", policy::words_of(need.used));
    json.end_object();
  }
  json.end_array();
  return json.finish();
}

}  // namespace bulkhead::cli
