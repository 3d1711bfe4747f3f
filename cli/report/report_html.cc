#include "base/html.h"
#include "base/text.h"
#include "base/times.h"
#include "cli/report/controls.h"
#include "cli/report/node_report.h"
#include "cli/screen/html_page.h"

namespace bulkhead::cli {

using base::cat;
using base::html_escaped;

namespace {

constexpr std::string_view kStyle = R"css(
.sum{background:var(--card);border:1px solid var(--line);border-left:4px solid;padding:.6rem .8rem;
border-radius:.25rem;margin:1rem 0}
.sum b{color:var(--fg)}
td.whole.n{white-space:nowrap}
td small{overflow-wrap:anywhere}
)css";

std::string cell(std::string_view text, std::string_view style = {}) {
  const std::string attribute = style.empty() ? "" : cat(" class=\"", style, '"');
  return cat("<td", attribute, ">", text.empty() ? "–" : html_escaped(text), "</td>");
}

std::string time_cell(const std::string& time) {
  return cell(base::readable_time(time), "whole n");
}

// A table with its heading; where there are no rows, the sentence.
std::string table(std::string_view title, const std::vector<std::string_view>& columns,
                  const std::string& rows, std::string_view none) {
  std::string html = cat("<h2>", title, "</h2>\n");
  if (rows.empty()) return cat(html, "<p>", none, "</p>\n");
  html += "<table><thead><tr>";
  for (const std::string_view column : columns) html += cat("<th scope=\"col\">", column, "</th>");
  return cat(html, "</tr></thead><tbody>\n", rows, "</tbody></table>\n");
}

std::string sentences(std::string_view title, const std::vector<std::string>& list) {
  if (list.empty()) return {};
  std::string html = cat("<h2>", title, "</h2>\n<ul>");
  for (const std::string& sentence : list) html += cat("<li>", html_escaped(sentence), "</li>");
  return cat(html, "</ul>\n");
}

std::string_view style_of(Light light) {
  switch (light) {
    case Light::good: return "good";
    case Light::note: return "note";
    case Light::bad: return "bad";
  }
  return "bad";
}

std::string_view style_of(ControlStanding standing) {
  switch (standing) {
    case ControlStanding::met: return "good";
    case ControlStanding::partly: return "note";
    case ControlStanding::not_met:
    case ControlStanding::no_evidence: return "bad";
  }
  return "bad";
}

std::string head_html(const NodeReport& report) {
  const std::string since =
      report.since.empty() ? "the beginning of the logs" : base::readable_time(report.since);
  return cat("<h1>Confinement of ", html_escaped(report.host), "</h1>\n<p>",
             html_escaped(base::readable_time(report.time)), " UTC, Bulkhead ",
             html_escaped(report.version), ", Linux ", html_escaped(report.kernel), ", mode ",
             report.mode.empty() ? "unknown" : html_escaped(report.mode), ", proved ",
             html_escaped(report.prove), ", period since ", html_escaped(since),
             "</p>\n<p class=\"sum ", is_in_order(report) ? "good" : "bad", "\"><b>",
             html_escaped(summary_of(report)), "</b></p>\n");
}

std::string doors_html(const NodeReport& report) {
  std::string rows;
  for (const StatusLine& line : report.doors) {
    rows +=
        cat("<tr>", cell(line.subject, "whole"), cell(line.text, style_of(line.light)), "</tr>\n");
  }
  return table("Doors and engines", {"What", "How it is"}, rows, "nothing was found") +
         sentences("Not covered", report.not_covered);
}

// Behind the text of a cell, on a line of its own; nothing where there is none.
std::string small(std::string_view text) {
  return text.empty() ? std::string() : cat("<br><small>", html_escaped(text), "</small>");
}

std::string cell_with(std::string_view text, std::string_view style, const std::string& below) {
  return cat("<td class=\"", style, "\">", text.empty() ? "–" : html_escaped(text), below, "</td>");
}

// A short name stays whole; one of a profile may be of any length.
std::string_view seccomp_style(const ReportedContainer& one) {
  constexpr std::size_t kShort = 16;
  if (!one.has_filter()) return "bad";
  return one.seccomp.size() <= kShort ? "whole" : "";
}

std::string container_row(const ReportedContainer& one) {
  const std::string proof = one.proof.empty() ? one.state : cat(one.state, " (", one.proof, ')');
  const std::string digest = one.program.empty() ? "" : cat("filter sha256 ", one.program);
  return cat(
      "<tr>", cell_with(one.name, "", small(cat(one.image, one.privileged ? " privileged" : ""))),
      cell(one.seccomp, seccomp_style(one)), cell(one.apparmor),
      cell(one.no_new_privileges ? "set" : "not set", "whole"),
      cell_with(proof, one.is_proved() ? "good" : "bad", small(digest)), time_cell(one.time),
      cell_with(one.now, one.now == "holds" ? "whole good" : "whole note", small(one.sentence)),
      "</tr>\n");
}

std::string containers_html(const NodeReport& report) {
  std::string rows;
  for (const ReportedContainer& one : report.containers) rows += container_row(one);
  return table("Containers",
               {"Container", "Seccomp", "AppArmor", "no_new_privs", "At its start", "When", "Now"},
               rows, "none runs that started through Bulkhead");
}

std::string exemptions_html(const NodeReport& report) {
  std::string rows;
  for (const Exemption& one : report.exemptions) {
    rows += cat("<tr>", cell(one.rule), cell(one.whom), cell(one.what), cell(one.because),
                cell(base::join(one.containers, ", ")), "</tr>\n");
  }
  return table("Exemptions", {"Rule", "For", "What it lets go", "Because", "Now had by"}, rows,
               "none: no rule of the policy weakens it");
}

std::string counted_html(std::string_view title, const std::vector<Counted>& counted) {
  std::string rows;
  for (const Counted& one : counted) {
    rows += cat("<tr>", cell(cat(one.count), "whole"), cell(one.container), cell(one.what),
                cell(one.why), time_cell(one.last), "</tr>\n");
  }
  return table(title, {"Count", "Container", "What", "Why", "Last"}, rows, "none");
}

std::string controls_html(const NodeReport& report) {
  std::string rows;
  for (const ControlAnswer& answer : control_answers(report)) {
    const Control& control = *answer.control;
    rows += cat("<tr>", cell(control.source, "whole"), cell(control.number, "whole"),
                cell(control.title),
                cell(name_of(answer.standing), cat("whole ", style_of(answer.standing))),
                cell(answer.evidence), "</tr>\n");
  }
  return table("Controls that this is evidence for",
               {"Source", "Number", "Title", "Answer", "Evidence"}, rows, "none");
}

}  // namespace

std::string report_html(const NodeReport& report) {
  return html_page(
      {.title = cat("Confinement of ", report.host),
       .style = kStyle,
       .body = cat(head_html(report), doors_html(report), containers_html(report),
                   sentences("Started past Bulkhead", report.unrecorded), exemptions_html(report),
                   counted_html("Refused in this period", report.refusals),
                   counted_html("Denied in this period", report.denials),
                   sentences("Drift", report.drift), sentences("Not known", report.unknown),
                   controls_html(report))});
}

}  // namespace bulkhead::cli
