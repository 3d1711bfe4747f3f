// The results as one page, and as a table of a document.
#include <algorithm>
#include <map>

#include "base/html.h"
#include "base/text.h"
#include "conformance/reports/report.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using base::html_escaped;

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2330;--dim:#5b6577;--line:#dfe3ea;
--passed:#1b7f4b;--failed:#b3261e;--different:#9a6200}
@media(prefers-color-scheme:dark){:root{--bg:#14171d;--fg:#e3e7ee;--dim:#98a2b3;--line:#2c323d;
--passed:#4cc38a;--failed:#ff7b72;--different:#e0a63a}}
body{margin:0 auto;max-width:70rem;padding:2rem 1.25rem;background:var(--bg);color:var(--fg);
font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0}p{margin:.25rem 0;color:var(--dim)}
code{font:0.9em ui-monospace,monospace}
table{border-collapse:collapse;width:100%;margin-top:1rem}
th{text-align:left;font-weight:600;color:var(--dim);font-size:.8rem}
td,th{padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td small,details{color:var(--dim);font-size:.85rem}
.passed{color:var(--passed)}.failed,.vanished{color:var(--failed);font-weight:600}
.different{color:var(--different)}.known,.could{color:var(--dim)}
)css";

// Of every case its result on each runtime; null where that has none.
using ByName = std::map<std::string, std::vector<const CaseResult*>>;

ByName by_name(const Report& report) {
  ByName rows;
  for (std::size_t i = 0; i < report.runtimes.size(); ++i) {
    for (const CaseResult& result : report.runtimes[i].results) {
      auto& row = rows[result.name];
      row.resize(report.runtimes.size());
      row[i] = &result;
    }
  }
  return rows;
}

std::string cell_of(const CaseResult* result) {
  if (result == nullptr) return "<td></td>";
  const std::string name(name_of(result->verdict));
  if (result->reasons.empty()) return cat("<td class=\"", name, "\">", name, "</td>");
  std::string reasons;
  for (const std::string& reason : result->reasons) {
    reasons += cat("<br>", html_escaped(reason));
  }
  return cat("<td class=\"", name, "\"><details><summary class=\"", name, "\">", name, "</summary>",
             reasons.substr(4), "</details></td>");
}

std::string about(const std::string& name, const std::vector<Case>& cases) {
  const auto found = std::ranges::find(cases, name, &Case::name);
  if (found == cases.end()) return {};
  return cat("<br>", html_escaped(found->about), "<br><small>", name_of(found->source.level), ", ",
             html_escaped(found->source.place), ": “", html_escaped(found->source.sentence),
             "”</small>");
}

std::string summary(const RuntimeResults& runtime) {
  return cat(title_of(runtime), ": ", count_of(runtime, Verdict::passed), " passed, ",
             count_of(runtime, Verdict::failed), " failed, ", count_of(runtime, Verdict::different),
             " different, ", count_of(runtime, Verdict::known), " known, ",
             count_of(runtime, Verdict::could_not), " could not be tried");
}

bool all_passed(const std::vector<const CaseResult*>& row) {
  return std::ranges::all_of(row, [](const CaseResult* result) {
    return result != nullptr &&
           (result->verdict == Verdict::passed || result->verdict == Verdict::could_not);
  });
}

std::string level_of(const std::string& name, const std::vector<Case>& cases) {
  const auto found = std::ranges::find(cases, name, &Case::name);
  return found == cases.end() ? "" : std::string(name_of(found->source.level));
}

}  // namespace

std::string to_html(const Report& report, const std::vector<Case>& cases) {
  std::string page =
      cat("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
          "<title>Conformance</title>\n<style>",
          kStyle, "</style></head><body>\n<h1>Conformance</h1>\n<p>Linux ",
          html_escaped(report.kernel), ", ", report.date, "</p>\n");
  for (const RuntimeResults& one : report.runtimes) {
    page += cat("<p>", html_escaped(summary(one)), "</p>\n");
  }
  page += "<table><thead><tr><th scope=\"col\">Case</th>";
  for (const RuntimeResults& runtime : report.runtimes) {
    page += cat("<th scope=\"col\">", html_escaped(title_of(runtime)), "</th>");
  }
  page += "</tr></thead>\n<tbody>\n";
  for (const auto& [name, row] : by_name(report)) {
    page += cat("<tr><td><code>", html_escaped(name), "</code>", about(name, cases), "</td>");
    for (const CaseResult* result : row) page += cell_of(result);
    page += "</tr>\n";
  }
  return page + "</tbody></table></body></html>\n";
}

std::string to_markdown(const Report& report, const std::vector<Case>& cases) {
  std::string text = cat("Linux ", report.kernel, ", ", report.date, "\n\n");
  for (const RuntimeResults& one : report.runtimes) text += cat("- ", summary(one), "\n");
  text += "\n| case | level |";
  std::string rule = "\n|---|---|";
  for (const RuntimeResults& runtime : report.runtimes) {
    text += cat(' ', title_of(runtime), " |");
    rule += "---|";
  }
  text += rule + "\n";
  for (const auto& [name, row] : by_name(report)) {
    if (all_passed(row)) continue;
    text += cat("| `", name, "` | ", level_of(name, cases), " |");
    for (const CaseResult* result : row) {
      text += cat(' ', result == nullptr ? "" : std::string(name_of(result->verdict)), " |");
    }
    text += "\n";
  }
  return text;
}

}  // namespace bulkhead::conformance
