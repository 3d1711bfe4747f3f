#include "cli/conformance/conformance_command.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/counted.h"
#include "base/json_writer.h"
#include "base/programs.h"
#include "base/text.h"
#include "base/times.h"
#include "cli/conformance/conformance_text.h"
#include "cli/frame/input.h"
#include "conformance/running/suite.h"
#include "conformance/values/known.h"
#include "conformance/values/runtime_name.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::ErrorCode;
using base::ExitCode;
using base::Result;
using conformance::Case;
using conformance::CaseFiles;
using conformance::Report;

constexpr std::size_t kMaxReportBytes = 8 << 20;

// A name is looked for where programs are; a path is made absolute, as cases run elsewhere.
std::string path_of_runtime(const std::string& runtime) {
  if (runtime.find('/') != std::string::npos) return std::filesystem::absolute(runtime).string();
  for (const std::string_view directory : base::kProgramDirectories) {
    std::string path = cat(directory, '/', runtime);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return runtime;
}

std::vector<std::string> paths_of_runtimes(const std::vector<std::string>& runtimes) {
  std::vector<std::string> paths;
  for (const std::string& runtime : runtimes) paths.push_back(path_of_runtime(runtime));
  return paths;
}

// Says which of those that have a name are not here.
std::vector<std::string> runtimes_of_this_node(Output& errors) {
  std::vector<std::string> found;
  std::vector<std::string> missing;
  for (const std::string_view name : conformance::kRuntimeNames) {
    std::string path = path_of_runtime(std::string(name));
    (path.starts_with('/') ? found : missing).push_back(std::move(path));
  }
  if (!missing.empty()) errors.line(cat("not here: ", base::join(missing, ", ")));
  (void)errors.flush();
  return found;
}

std::string kernel_release() {
  utsname name{};
  return ::uname(&name) == 0 ? name.release : "";
}

// Told on the error stream, once a second, after two.
class Progress {
 public:
  Progress(std::string runtime, Output& errors) : runtime_(std::move(runtime)), errors_(errors) {}

  void operator()(std::size_t done, std::size_t all) {
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < std::chrono::seconds(told_ == began_ ? 2 : 1)) return;
    told_ = now;
    errors_.line(cat(runtime_, ": ", done, " of ", base::counted(all, "case")));
    (void)errors_.flush();
  }

 private:
  std::string runtime_;
  Output& errors_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point told_ = began_;
};

Result<unsigned> jobs_of(const std::string& text) {
  if (text.empty()) return std::max(std::thread::hardware_concurrency(), 1U);
  constexpr std::uint64_t kMost = 64;
  const auto number = base::parse_decimal(text);
  if (number && *number >= 1 && *number <= kMost) return static_cast<unsigned>(*number);
  return base::fail(ErrorCode::usage, cat("--jobs does not know ", base::quoted(text)),
                    "it takes a number from 1 to 64");
}

// One of several runtimes that can start nothing here, or is no program: the others are tested.
bool is_left_out(const base::Error& error, const std::vector<std::string>& runtimes) {
  return error.code == ErrorCode::runtime && runtimes.size() > 1;
}

Result<Report> report_in(const std::string& path) {
  auto text = read_input(path, kMaxReportBytes);
  if (!text) return std::unexpected(std::move(text.error()));
  return conformance::read_report(std::move(*text), path);
}

// What is known may have changed since.
void forget_vanished(conformance::RuntimeResults& runtime) {
  for (conformance::CaseResult& result : runtime.results) {
    if (result.verdict != conformance::Verdict::vanished) continue;
    result.verdict = conformance::Verdict::passed;
    result.reasons.clear();
  }
}

std::string no_case(std::string_view name, const std::vector<Case>& cases) {
  std::vector<std::string_view> names;
  for (const Case& one : cases) names.emplace_back(one.name);
  const auto near = base::nearest(name, names);
  return cat("there is no case ", base::quoted(name),
             near ? cat("; did you mean ", base::quoted(*near), '?') : std::string());
}

Result<ExitCode> explain(const std::string& name, const CaseFiles& files, bool json,
                         Output& output) {
  const auto found = std::ranges::find(files.cases, name, &Case::name);
  if (found == files.cases.end()) {
    return base::fail(ErrorCode::usage, no_case(name, files.cases),
                      "`bulkhead conformance --list` has their names");
  }
  json ? output.write(list_json({*found})) : write_case(*found, output);
  return ExitCode::ok;
}

}  // namespace

CommandHelp ConformanceCommand::help() const {
  return {
      .name = "conformance",
      .summary = "what the runtimes of this node really do, against the spec",
      .description =
          "Starts small containers with each runtime and asks the kernel, and a probe inside, what "
          "came of each property of config.json. A case is a file of data with the sentence that "
          "it "
          "stands on: a MUST or SHOULD of the OCI runtime spec, or what people expect. Nothing of "
          "this node is changed: bundles and the runtimes' state lie in a directory of their own, "
          "which goes when the command ends.\n\n"
          "Without --runtime every runtime of this node is tested that has a name here: runc, "
          "crun, "
          "youki, runsc and kata-runtime; those that are not here are told. What this user or "
          "machine "
          "cannot do is told as such and counts as nothing.",
      .exit_codes =
          "0 when no runtime fails in what a MUST asks for; 1 when one does. With "
          "--compare: 1 when something changed. 6: a runtime starts nothing here; of several, the "
          "others are tested and shown all the same.",
      .examples = {"bulkhead conformance --runtime /usr/bin/crun",
                   "bulkhead conformance --case 'seccomp.*' --keep /tmp/kept",
                   "bulkhead conformance --json > new.json",
                   "bulkhead conformance --compare old.json new.json",
                   "bulkhead conformance --html runc.json crun.json > page.html"},
  };
}

std::vector<Option> ConformanceCommand::options() {
  return {
      {"--runtime", "PATH", "test this runtime; may be given several times", &runtimes_},
      {"--case", "GLOB", "only cases of these names; may be given several times", &globs_},
      {"--list", "", "the cases, with what each is about", &list_},
      {"--explain", "NAME", "one case: its sentence, and the file", &explain_},
      {"--tap", "", "print TAP 13", &tap_},
      {"--json", "", "print one JSON object, which --compare reads", &json_},
      {"--html", "", "print one page: cases down, runtimes across", &html_},
      {"--markdown", "", "print a table of what did not pass, for a document", &markdown_},
      {"--compare", "", "what changed between two results of --json", &compare_},
      {"--keep", "DIRECTORY", "leave the bundle of each case that did not pass there", &keep_},
      {"--jobs", "N", "so many cases at a time (default: one for each processor)", &jobs_},
      {"--data", "DIRECTORY", "cases of your own, instead of those installed", &data_},
      {"REPORT", "", "results of --json, to be shown instead of testing", &reports_},
  };
}

Result<void> ConformanceCommand::check_options() const {
  if (compare_ && reports_.size() != 2) {
    return base::fail(ErrorCode::usage, "--compare takes two results of --json");
  }
  if (!reports_.empty() && !runtimes_.empty()) {
    return base::fail(ErrorCode::usage, "results that are there are shown, or runtimes tested",
                      "leave out --runtime, or the results");
  }
  if (tap_ + json_ + html_ + markdown_ > 1) {
    return base::fail(ErrorCode::usage,
                      "only one of --tap, --json, --html and --markdown is printed");
  }
  return {};
}

Result<Report> ConformanceCommand::results(const CaseFiles& files, const std::vector<Case>& cases,
                                           const std::vector<std::string>& runtimes,
                                           unsigned jobs) {
  Output errors(STDERR_FILENO, false);
  Report report{.date = base::utc_now().substr(0, 10), .kernel = kernel_release()};
  for (const std::string& runtime : runtimes) {
    const std::string keep =
        keep_.empty() ? "" : cat(keep_, '/', runtime.substr(runtime.rfind('/') + 1));
    auto one = conformance::run_suite(files, cases,
                                      {.runtime = runtime,
                                       .data = data_,
                                       .keep = keep,
                                       .jobs = jobs,
                                       .progress = Progress(runtime, errors)});
    if (!one && !is_left_out(one.error(), runtimes)) return std::unexpected(std::move(one.error()));
    errors.line(one ? cat(runtime, ": ", time_text(*one)) : one.error().sentence());
    (void)errors.flush();
    left_out_ = left_out_ || !one;
    if (one) report.runtimes.push_back(std::move(*one));
  }
  return report;
}

// Results that were taken elsewhere, or at another time, as one.
Result<Report> ConformanceCommand::read_results() const {
  Report all;
  for (const std::string& path : reports_) {
    auto one = report_in(path);
    if (!one) return std::unexpected(std::move(one.error()));
    all.date = std::max(all.date, one->date);
    all.kernel = one->kernel;
    for (conformance::RuntimeResults& runtime : one->runtimes) {
      const auto known = conformance::known_of(data_, runtime.family);
      if (!known) return std::unexpected(known.error());
      forget_vanished(runtime);
      apply_known(*known, runtime);
      all.runtimes.push_back(std::move(runtime));
    }
  }
  return all;
}

Result<ExitCode> ConformanceCommand::show(const Report& report, const std::vector<Case>& cases,
                                          Output& output) const {
  if (tap_) output.write(to_tap(report, cases));
  if (json_) output.write(to_json(report));
  if (html_) output.write(to_html(report, cases));
  if (markdown_) output.write(to_markdown(report, cases));
  if (!tap_ && !json_ && !html_ && !markdown_) write_results(report, cases, output);
  if (left_out_) return base::exit_code_for(ErrorCode::runtime);
  return has_failures(report) ? ExitCode::different : ExitCode::ok;
}

Result<ExitCode> ConformanceCommand::run_cases(const CaseFiles& files, Environment& environment) {
  const auto jobs = jobs_of(jobs_);
  if (!jobs) return std::unexpected(jobs.error());
  const std::vector<Case> cases = selected(files.cases, globs_);
  if (cases.empty()) {
    return base::fail(ErrorCode::usage, no_case(globs_.front(), files.cases),
                      "`bulkhead conformance --list` has their names");
  }
  if (list_) {
    json_ ? environment.output.write(list_json(cases)) : write_list(cases, environment.output);
    return ExitCode::ok;
  }
  Output errors(STDERR_FILENO, false);
  const std::vector<std::string> runtimes =
      runtimes_.empty() ? runtimes_of_this_node(errors) : paths_of_runtimes(runtimes_);
  if (runtimes.empty()) {
    return base::fail(ErrorCode::runtime, "there is no runtime here", "name one by --runtime");
  }
  const auto report = results(files, cases, runtimes, *jobs);
  if (!report) return std::unexpected(report.error());
  return show(*report, cases, environment.output);
}

Result<ExitCode> ConformanceCommand::compare(Environment& environment) {
  const auto before = report_in(reports_[0]);
  if (!before) return std::unexpected(before.error());
  const auto after = report_in(reports_[1]);
  if (!after) return std::unexpected(after.error());
  const auto lines = conformance::changes(*before, *after);
  if (json_) environment.output.line(base::json_array(lines));
  for (const std::string& line : lines) {
    if (!json_) environment.output.line(line);
  }
  return lines.empty() ? ExitCode::ok : ExitCode::different;
}

Result<ExitCode> ConformanceCommand::run(Environment& environment) {
  if (auto fine = check_options(); !fine) return std::unexpected(fine.error());
  if (compare_) return compare(environment);
  if (data_.empty()) data_ = environment.root + conformance::kInstalledData;
  const auto files = conformance::read_case_files(data_);
  if (!files) return std::unexpected(files.error());
  if (!explain_.empty()) return explain(explain_, *files, json_, environment.output);
  if (reports_.empty()) return run_cases(*files, environment);
  const auto report = read_results();
  if (!report) return std::unexpected(report.error());
  return show(*report, files->cases, environment.output);
}

}  // namespace bulkhead::cli
