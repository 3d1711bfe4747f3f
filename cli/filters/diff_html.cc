#include "base/html.h"
#include "base/text.h"
#include "cli/filters/diff_report.h"
#include "cli/screen/html_page.h"

namespace bulkhead::cli {

using base::cat;
using base::html_escaped;

namespace {

std::string_view style_of(Change change) {
  switch (change) {
    case Change::looser: return "bad";
    case Change::stricter: return "good";
    case Change::other_error: return "note";
  }
  return "note";
}

std::string group_html(const DiffGroup& group, Change change) {
  std::string calls;
  for (const std::string& call : group.calls) {
    calls += cat("<code>", html_escaped(call), "</code> ");
  }
  return cat("<tr><td class=\"whole ", style_of(change), "\"><code>", html_escaped(group.a),
             "</code></td><td class=\"whole\"><code>", html_escaped(group.b),
             "</code></td><td class=\"whole\">", html_escaped(base::join(group.arches, " ")),
             "</td><td>", calls, "</td></tr>\n");
}

std::string change_html(const DiffChange& change) {
  std::string rows;
  for (const DiffGroup& group : change.groups) rows += group_html(group, change.change);
  return cat("<h2>", change.title,
             "</h2>\n<table><thead><tr><th scope=\"col\">A</th><th scope=\"col\">B</th>"
             "<th scope=\"col\">On</th><th scope=\"col\">Calls</th></tr></thead><tbody>\n",
             rows, "</tbody></table>\n");
}

}  // namespace

std::string diff_html(const DiffView& view) {
  std::string body = cat("<h1>Where two filters differ</h1>\n<p>A: ", html_escaped(view.a),
                         "</p>\n<p>B: ", html_escaped(view.b), "</p>\n<p><b>",
                         html_escaped(view.sentence), ".</b></p>\n");
  for (const DiffChange& change : view.changes) body += change_html(change);
  return html_page({.title = cat(view.a, " and ", view.b, " – seccomp"),
                    .style = "p b{color:var(--fg)}",
                    .body = std::move(body)});
}

}  // namespace bulkhead::cli
