#include "cli/report/report_command.h"

#include <ctime>

#include "base/text.h"
#include "cli/denials/denial_query.h"
#include "cli/frame/result_file.h"
#include "cli/report/gather_report.h"

namespace bulkhead::cli {

using base::ErrorCode;
using base::ExitCode;
using base::Result;

CommandHelp ReportCommand::help() const {
  return {
      .name = "report",
      .summary = "this node on one page, for those who ask for evidence",
      .description =
          "Doors and engines; each container, with what was proved at its start, when, and what "
          "the kernel says now; exemptions with their reasons; what was refused and denied in the "
          "period; what drifted; and the controls of the CIS benchmarks, the NSA/CISA hardening "
          "guide and NIST SP 800-190 that this is evidence for. --html makes one file that needs "
          "nothing else: it is read in a browser, in the dark and on paper.",
      .exit_codes =
          "0 when every container was proved under enforce and nothing drifted; 1 when not, or "
          "when "
          "something could not be told.",
      .examples = {"bulkhead report --since 30d", "bulkhead report --html node.html",
                   "bulkhead report --json"},
  };
}

std::vector<Option> ReportCommand::options() {
  return {{"--since", "TIME", "30s, 10m, 2h, 1d ago, or a time in UTC", &since_},
          {"--html", "FILE", "write one self-contained page there; -: print it", &html_},
          {"--json", "", "print one JSON object", &json_}};
}

Result<ExitCode> ReportCommand::run(Environment& environment) {
  if (json_ && !html_.empty()) {
    return base::fail(ErrorCode::usage, "--html and --json are two reports: ask for one of them");
  }
  if (!since_.empty()) {
    auto since = parse_since(since_, static_cast<std::uint64_t>(std::time(nullptr)));
    if (!since) return std::unexpected(since.error());
    since_ = std::move(*since);
  }
  const auto report = gather_report(environment, since_);
  if (!report) return std::unexpected(report.error());
  if (json_) {
    environment.output.write(report_json(*report));
  } else if (html_.empty()) {
    write_report_text(*report, environment.output);
  } else {
    const auto written = write_result(html_ == "-" ? "" : html_, report_html(*report), environment);
    if (!written) return std::unexpected(written.error());
    if (html_ != "-") environment.errors.line(summary_of(*report));
  }
  return is_in_order(*report) ? ExitCode::ok : ExitCode::different;
}

}  // namespace bulkhead::cli
