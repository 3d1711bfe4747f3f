#include "base/text.h"
#include "base/times.h"
#include "cli/report/controls.h"
#include "cli/report/node_report.h"
#include "cli/screen/layout.h"

namespace bulkhead::cli {

using base::cat;

namespace {

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

void heading(std::string_view text, Output& output) {
  output.line();
  output.line(output.styled(Style::bold, text));
}

void write_sentences(std::string_view title, const std::vector<std::string>& sentences,
                     Output& output) {
  if (sentences.empty()) return;
  heading(title, output);
  for (const std::string& sentence : sentences) output.write(paragraph(sentence, 2));
}

void write_containers(const NodeReport& report, Output& output) {
  heading("Containers", output);
  if (report.containers.empty()) return output.line("  none that started through Bulkhead");
  Table table({"CONTAINER", "SECCOMP", "APPARMOR", "AT ITS START", "WHEN", "NOW"});
  for (const ReportedContainer& one : report.containers) {
    table.row({{one.name},
               {one.seccomp, one.has_filter() ? Style::plain : Style::bad},
               {or_dash(one.apparmor)},
               {one.state, one.is_proved() ? Style::good : Style::bad},
               {base::readable_time(one.time)},
               {or_dash(one.now), one.now == "holds" ? Style::good : Style::warning}});
  }
  output.write(table.text(output));
}

void write_exemptions(const NodeReport& report, Output& output) {
  heading("Exemptions", output);
  if (report.exemptions.empty()) output.line("  none");
  for (const Exemption& one : report.exemptions) {
    output.write(paragraph(cat(one.rule, " for ", one.whom, ": ", one.what), 2));
    output.write(paragraph(cat("because ", base::quoted(one.because)), 4));
  }
}

void write_counted(std::string_view title, const std::vector<Counted>& rows, Output& output) {
  constexpr std::size_t kMostRows = 20;
  heading(title, output);
  if (rows.empty()) return output.line("  none");
  Table table({"COUNT", "CONTAINER", "WHAT", "LAST"});
  for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
    table.row({{cat(rows[i].count)},
               {rows[i].container},
               {rows[i].why.empty() ? rows[i].what : rows[i].why},
               {base::readable_time(rows[i].last)}});
  }
  output.write(table.text(output));
  if (rows.size() > kMostRows) {
    output.line(cat("  and ", rows.size() - kMostRows, " more; --json and --html have all"));
  }
}

Style style_of(ControlStanding standing) {
  switch (standing) {
    case ControlStanding::met: return Style::good;
    case ControlStanding::partly: return Style::warning;
    case ControlStanding::not_met:
    case ControlStanding::no_evidence: return Style::bad;
  }
  return Style::plain;
}

void write_controls(const NodeReport& report, Output& output) {
  heading("Controls", output);
  Table table({"CONTROL", "ANSWER", "EVIDENCE"});
  std::string_view source;
  for (const ControlAnswer& answer : control_answers(report)) {
    const Control& control = *answer.control;
    if (control.source != source) table.heading(std::string(control.source));
    source = control.source;
    table.row({{cat(control.number, control.number.empty() ? "" : " ", control.title)},
               {std::string(name_of(answer.standing)), style_of(answer.standing)},
               {answer.evidence}});
  }
  output.write(table.text(output));
}

}  // namespace

void write_report_text(const NodeReport& report, Output& output) {
  output.line(
      output.styled(Style::bold, cat(report.host, ", ", base::readable_time(report.time), " UTC")));
  output.write(paragraph(
      cat("Bulkhead ", report.version, ", Linux ", report.kernel, ", mode ", or_dash(report.mode),
          ", period since ",
          report.since.empty() ? "the beginning of the logs" : base::readable_time(report.since))));
  heading("Doors and engines", output);
  for (const StatusLine& line : report.doors) {
    output.write(paragraph(cat(line.subject, ": ", line.text), 2));
  }
  write_sentences("Not covered", report.not_covered, output);
  write_containers(report, output);
  write_sentences("Started past Bulkhead", report.unrecorded, output);
  write_exemptions(report, output);
  write_counted("Refused", report.refusals, output);
  write_counted("Denied", report.denials, output);
  write_sentences("Drift", report.drift, output);
  write_sentences("Not known", report.unknown, output);
  write_controls(report, output);
  output.line();
  output.write(paragraph(summary_of(report)));
}

}  // namespace bulkhead::cli
