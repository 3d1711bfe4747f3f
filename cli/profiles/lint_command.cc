#include "cli/profiles/lint_command.h"

#include <fcntl.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "cli/frame/input.h"
#include "cli/profiles/default_command.h"
#include "cli/profiles/lint_report.h"
#include "cli/profiles/profile_file.h"
#include "cli/screen/readable_diff.h"
#include "oci-config/spec_edit.h"
#include "policy/advice/lint_checks.h"
#include "policy/fallback/runtime_default.h"
#include "policy/values/profile_ref.h"

namespace bulkhead::cli {

namespace {

using base::ExitCode;
using base::Result;
using policy::Severity;

// A pointer may name something that the document leaves out; its nearest parent has a line.
unsigned line_of(const oci_config::JsonDocument& document, std::string pointer) {
  while (!pointer.empty()) {
    if (const auto value = document.find(pointer)) return value->line();
    pointer.resize(pointer.rfind('/'));
  }
  return 0;
}

LintedFile unreadable(const std::string& path, const base::Error& error) {
  policy::Finding finding{Severity::error, "not-a-profile", "", error.message, error.remedy};
  return {.path = path, .findings = {{std::move(finding), 0}}, .unreadable = true};
}

Result<void> replace(const std::string& path, std::string_view text) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const auto opened = base::open_directory(directory);
  if (!opened) return std::unexpected(opened.error());
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  const base::UniqueFd like(
      ::openat(opened->get(), name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!like.valid()) {
    return base::fail_errno(base::ErrorCode::io, "repair", path, "name the file, not a link to it");
  }
  return base::replace_file_at(opened->get(), name, text, {.like_fd = like.get()});
}

// Writes the repair and returns its diff; empty when there is nothing to repair.
Result<std::string> repair(const ProfileFile& file, const LintFor& context) {
  const auto edit = policy::safe_repairs(file.profile, context.facts, context.capabilities);
  if (edit.empty()) return std::string();
  const auto after = oci_config::apply(file.document, edit);
  if (!after) return std::unexpected(after.error());
  const auto written = replace(file.path, *after);
  if (!written) return std::unexpected(written.error());
  return readable_diff(file.document.text(), *after, file.path);
}

bool is_fallback(const std::string& path) {
  return path == policy::ProfileRef::runtime_default().text();
}

// As a container with these capabilities gets it.
Result<ProfileFile> fallback(const std::string& name, const LintFor& context) {
  const auto given = policy::runtime_default_for({.capabilities = context.capabilities,
                                                  .native = context.facts.native,
                                                  .kernel = context.facts.kernel});
  auto document =
      oci_config::JsonDocument::parse(oci_config::to_pretty_json(given), {.described = name});
  if (!document) return std::unexpected(document.error());
  auto profile = oci_config::read_seccomp_profile(document->root());
  if (!profile) return std::unexpected(profile.error());
  return ProfileFile{name, *std::move(document), *std::move(profile)};
}

Result<void> check_repairable(const std::string& path) {
  if (path != kStandardInput && !is_fallback(path)) return {};
  return base::fail(base::ErrorCode::usage, base::cat(described_input(path), " cannot be repaired"),
                    "name the file, or read what lint says of it");
}

Result<LintedFile> lint_file(const std::string& path, const LintFor& context, bool fix) {
  auto file = is_fallback(path) ? fallback(path, context) : read_profile_file(path);
  if (!file) return unreadable(path, file.error());
  std::string repaired;
  if (auto able = fix ? check_repairable(path) : Result<void>{}; !able) {
    return std::unexpected(able.error());
  }
  if (fix) {
    auto diff = repair(*file, context);
    if (!diff) return std::unexpected(diff.error());
    repaired = std::move(*diff);
    if (!repaired.empty()) file = read_profile_file(path);
    if (!file) return unreadable(path, file.error());
  }
  LintedFile linted = findings_of(*file, context);
  linted.repair = std::move(repaired);
  return linted;
}

ExitCode worst_of(const std::vector<LintedFile>& files) {
  const auto serious = [](const LintedFinding& found) {
    return found.finding.severity != Severity::note;
  };
  ExitCode code = ExitCode::ok;
  for (const LintedFile& file : files) {
    if (file.unreadable) return ExitCode::bad_input;
    if (std::ranges::any_of(file.findings, serious)) code = ExitCode::different;
  }
  return code;
}

// The fallback's document is for the engines that expand it; what Bulkhead itself gives a container
// is expanded, whichever engine asks.
void tell_of_fallback(policy::Finding& finding) {
  if (finding.check != policy::kEngineDialect) return;
  finding.severity = Severity::note;
  finding.remedy = "for containerd write what `bulkhead default` prints";
}

}  // namespace

LintedFile findings_of(const ProfileFile& file, const LintFor& context) {
  LintedFile linted{
      .path = file.path,
      .starters = policy::starters(file.profile, context.facts, context.capabilities)};
  const bool is_ours = oci_config::to_pretty_json(file.profile) ==
                       oci_config::to_pretty_json(policy::runtime_default());
  for (policy::Finding& finding : policy::lint(file.profile, context.facts, context.capabilities)) {
    if (is_ours) tell_of_fallback(finding);
    const unsigned line = line_of(file.document, finding.pointer);
    linted.findings.push_back({std::move(finding), line});
  }
  return linted;
}

CommandHelp LintCommand::help() const {
  return {
      .name = "lint",
      .summary = "what is wrong with a seccomp profile, and what to do",
      .description =
          "Reads each PROFILE and tells what will go wrong with it: names that no kernel knows, "
          "rules without effect, calls without which no container or program starts (measured, see "
          "--needs), and calls known from container escapes. --fix makes the repairs that are "
          "safe: it allows what starting needs and lets new calls answer ENOSYS; every other byte "
          "of the file stays.",
      .exit_codes =
          "0 when there are notes at most; 1 when there are warnings or errors; 4 when a file is "
          "no profile.",
      .examples = {"bulkhead lint my-app.json", "bulkhead lint --fix my-app.json",
                   "bulkhead lint --format sarif profiles/*.json > lint.sarif",
                   "bulkhead lint --cap SYS_ADMIN runtime/default", "bulkhead lint --needs"},
  };
}

std::vector<Option> LintCommand::options() {
  return {
      {"PROFILE", "", "file with a seccomp profile; runtime/default; -: standard input",
       &profiles_},
      {"--cap", "CAP", "a capability of the container; ALL for all", &capabilities_},
      {"--fix", "", "write the repairs that are safe to make", &fix_},
      {"--format", "FORMAT", "form of the result", &format_, false, {"text", "json", "sarif"}},
      {"--json", "", "the same as --format json", &json_},
      {"--needs", "", "print which calls runtimes and programs need to start", &needs_},
  };
}

Result<ExitCode> LintCommand::run(Environment& environment) {
  Output& output = environment.output;
  const std::string format = json_ ? "json" : format_;
  if (needs_) {
    format == "text" ? write_needs_text(output) : output.write(needs_json());
    return ExitCode::ok;
  }
  if (profiles_.empty()) {
    return base::fail(base::ErrorCode::usage, "no profile is named", "see `bulkhead lint --help`");
  }
  const auto capabilities = capabilities_named(capabilities_);
  if (!capabilities) return std::unexpected(capabilities.error());
  const auto facts = node_facts(environment.root);
  if (!facts) return std::unexpected(facts.error());
  std::vector<LintedFile> files;
  for (const std::string& path : profiles_) {
    auto linted = lint_file(path, {*facts, *capabilities}, fix_);
    if (!linted) return std::unexpected(linted.error());
    files.push_back(std::move(*linted));
  }
  if (format == "text") write_lint_text(files, output);
  if (format == "json") output.write(lint_json(files));
  if (format == "sarif") output.write(lint_sarif(files));
  return worst_of(files);
}

}  // namespace bulkhead::cli
