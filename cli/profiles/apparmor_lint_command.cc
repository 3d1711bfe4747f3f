// `bulkhead apparmor lint`.
#include <algorithm>

#include "base/text.h"
#include "cli/frame/input.h"
#include "cli/profiles/apparmor_command.h"
#include "cli/profiles/lint_command.h"
#include "cli/profiles/lint_report.h"
#include "kernel/apparmor/apparmor_parser.h"
#include "kernel/apparmor/apparmor_source.h"
#include "policy/advice/apparmor_lint.h"

namespace bulkhead::cli {

namespace {

using base::ExitCode;
using base::Result;
using policy::Severity;

constexpr std::size_t kMaxProfileBytes = 1 << 20;

policy::Finding finding_of(const base::Error& error, std::string_view check) {
  return {Severity::error, std::string(check), "", error.message, error.remedy};
}

// What the parser itself says, or that there is none.
void add_parser_verdict(const std::string& path, const std::string& text, LintedFile& linted) {
  const kernel::AppArmorPlaces places;
  if (kernel::find_parser(places).empty()) {
    linted.findings.push_back({{Severity::note, "syntax-not-checked", "",
                                "apparmor_parser is not installed: nobody has read the syntax",
                                "install it (package apparmor), or lint where it is"},
                               0});
    return;
  }
  const kernel::ProfileSource source{.name = {}, .path = path, .text = text};
  const auto compiled = kernel::compile_apparmor(source, places);
  if (!compiled) linted.findings.push_back({finding_of(compiled.error(), "does-not-compile"), 0});
}

LintedFile lint_file(const std::string& path, std::string_view wanted_name) {
  LintedFile linted{.path = described_input(path)};
  const auto text = read_input(path, kMaxProfileBytes);
  if (!text) {
    linted.findings.push_back({finding_of(text.error(), "not-a-profile"), 0});
    linted.unreadable = true;
    return linted;
  }
  const std::string file_name =
      path == kStandardInput ? std::string() : path.substr(path.rfind('/') + 1);
  for (auto& found : policy::lint_apparmor(*text, file_name, wanted_name)) {
    linted.findings.push_back({std::move(found.finding), found.line});
  }
  add_parser_verdict(path, *text, linted);
  return linted;
}

bool has_error(const LintedFile& file) {
  return std::ranges::any_of(file.findings, [](const LintedFinding& found) {
    return found.finding.severity == Severity::error;
  });
}

}  // namespace

CommandHelp AppArmorLintCommand::help() const {
  return {
      .name = "apparmor lint",
      .summary = "what is wrong with an AppArmor profile for containers",
      .description =
          "Tells for each FILE what apparmor_parser accepts and a container then stumbles over: "
          "denials that leave no record and stay in complain mode, a runtime that cannot stop the "
          "container, missing flags, a name that is not what the pod asks for (--name). Where "
          "apparmor_parser is installed it is asked too.",
      .exit_codes = "0 without errors; 1 with errors; 4 when a file cannot be read.",
      .examples = {"bulkhead apparmor lint --name k8s-my-app ./k8s-my-app"},
  };
}

std::vector<Option> AppArmorLintCommand::options() {
  return {{"FILE", "", "a file with AppArmor profiles; -: standard input", &files_, true},
          {"--name", "NAME", "the profile that the pod asks for", &name_},
          {"--format", "FORMAT", "form of the result", &format_, false, {"text", "json", "sarif"}},
          {"--json", "", "the same as --format json", &json_}};
}

Result<ExitCode> AppArmorLintCommand::run(Environment& environment) {
  std::vector<LintedFile> files;
  for (const std::string& path : files_) files.push_back(lint_file(path, name_));
  if (json_ || format_ == "json")
    environment.output.write(lint_json(files));
  else if (format_ == "sarif")
    environment.output.write(lint_sarif(files));
  else
    write_lint_text(files, environment.output);
  if (std::ranges::any_of(files, &LintedFile::unreadable)) return ExitCode::bad_input;
  return std::ranges::any_of(files, has_error) ? ExitCode::different : ExitCode::ok;
}

}  // namespace bulkhead::cli
