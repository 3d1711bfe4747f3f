#include <array>

#include "base/html.h"
#include "base/text.h"
#include "cli/filters/explain_page.h"
#include "cli/screen/html_page.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using base::html_escaped;

constexpr std::string_view kStyle = R"css(
:root{--allowed:var(--note);--denied:var(--good);--conditional:var(--link)}
.bar{display:flex;height:.6rem;border-radius:.3rem;overflow:hidden;margin:1rem 0 .4rem}
.bar i{display:block}
.key{display:flex;gap:1.25rem;flex-wrap:wrap;padding:0;margin:0;list-style:none}
.allowed{color:var(--allowed)}.denied{color:var(--denied)}.conditional{color:var(--conditional)}
i.allowed{background:var(--allowed)}i.denied{background:var(--denied)}
i.conditional{background:var(--conditional)}
.calls{display:flex;flex-wrap:wrap;gap:.3rem}
.calls code{background:var(--card);border:1px solid var(--line);border-left:3px solid currentColor;
border-radius:.25rem;padding:0 .4rem}
dl{margin:.6rem 0 0}dt{margin-top:.4rem}dd{margin:0 0 0 1rem;color:var(--dim)}
.calls .denied,.key .denied span{text-decoration:line-through}
.calls .conditional,.key .conditional span{font-style:italic}
td:first-child,td:nth-child(2){white-space:nowrap}
td:last-child{color:var(--dim);width:32%}
@media(max-width:44rem){td:nth-child(n+3){width:auto}td:last-child{font-size:.85rem}}
)css";

std::string cases_html(const CallView& call) {
  std::string out;
  for (const SpecialCase& one : call.special) {
    out += cat("<code>", html_escaped(one.answer), "</code> when <code>", html_escaped(one.when),
               "</code>; ");
  }
  return cat(out, call.special.empty() ? "" : "else ", "<code>", html_escaped(call.otherwise),
             "</code>");
}

std::array<std::size_t, 3> counts_of(const PageView& page) {
  std::array<std::size_t, 3> counts{};
  for (const GroupView& group : page.groups) {
    for (const CallView& call : group.calls) ++counts[static_cast<std::size_t>(call.standing)];
  }
  return counts;
}

constexpr Standing kStandings[] = {Standing::allowed, Standing::conditional, Standing::denied};

std::string summary_html(const PageView& page) {
  const auto counts = counts_of(page);
  std::string bar = "<div class=\"bar\" aria-hidden=\"true\">";
  std::string key = "<ul class=\"key\">";
  for (const Standing standing : kStandings) {
    const std::size_t count = counts[static_cast<std::size_t>(standing)];
    bar += cat("<i class=\"", name_of(standing), "\" style=\"flex:", count, "\"></i>");
    key += cat("<li class=\"", name_of(standing), "\"><b>", count, "</b> <span>", name_of(standing),
               "</span></li>");
  }
  return cat(bar, "</div>", key, "</ul>\n");
}

std::string notorious_html(const PageView& page) {
  std::string rows;
  for (const NotoriousView& view : page.notorious) {
    rows += cat("<tr><td><code class=\"", name_of(view.call.standing), "\">", view.call.name,
                "</code></td><td class=\"", name_of(view.call.standing), "\">",
                name_of(view.call.standing), "</td><td>", html_escaped(view.about->harm),
                view.about->capability.empty()
                    ? std::string()
                    : cat(" (the kernel also wants <code>", view.about->capability, "</code>)"),
                "</td><td>", html_escaped(view.about->source), "</td></tr>\n");
  }
  return cat(
      "<h2>Notorious calls <small>known from escapes of containers</small></h2>\n<table><thead><tr>"
      "<th scope=\"col\">Call</th><th scope=\"col\">Decision</th>"
      "<th scope=\"col\">What it gives an attacker</th><th "
      "scope=\"col\">Source</th></tr></thead>\n",
      rows, "</table>\n");
}

std::string group_html(const GroupView& group) {
  std::string chips;
  std::string details;
  for (const Standing standing : kStandings) {
    for (const CallView& call : group.calls) {
      if (call.standing != standing) continue;
      chips += cat("<code class=\"", name_of(standing), "\" title=\"", html_escaped(call.otherwise),
                   call.cause.empty() ? "" : ", ", html_escaped(call.cause), "\">", call.name,
                   "</code>");
      if (standing != Standing::conditional) continue;
      details += cat("<dt><code>", call.name, "</code></dt><dd>", cases_html(call), "</dd>\n");
    }
  }
  return cat("<h2>", html_escaped(group.name), " <small>", html_escaped(group.help),
             "</small></h2>\n<div class=\"calls\">", chips, "</div>\n",
             details.empty() ? std::string() : cat("<dl>", details, "</dl>\n"));
}

std::string other_arches_html(const PageView& page) {
  std::string out;
  std::vector<std::string> alike;
  for (const std::string& arch : page.other_arch_names) {
    std::string chips;
    for (const CallView& call : page.other_arches) {
      if (call.arch != arch) continue;
      chips += cat("<code class=\"", name_of(call.standing), "\" title=\"",
                   html_escaped(call.otherwise), "\">", call.name, "</code>");
    }
    if (chips.empty()) alike.push_back(arch);
    if (chips.empty()) continue;
    out += cat("<h2>On ", arch, " <small>as above, but for</small></h2>\n<div class=\"calls\">",
               chips, "</div>\n");
  }
  if (alike.empty()) return out;
  return cat(out, "<h2>On ", base::join(alike, ", "), " <small>as above</small></h2>\n");
}

std::string findings_html(const PageView& page) {
  std::string out;
  for (const policy::Finding& finding : page.findings) {
    out += cat("<p><strong>", name_of(finding.severity), "</strong> at <code>",
               html_escaped(finding.pointer), "</code>: ", html_escaped(finding.message), "</p>\n");
  }
  return out;
}

}  // namespace

std::string page_html(const PageView& page) {
  std::string out = cat(
      "<h1>", html_escaped(page.title), "</h1>\n<p>What this filter decides, exactly, on ",
      html_escaped(page.arch), ". Calls that no table knows yet are answered with <code>",
      html_escaped(page.elsewhere), "</code>. ", html_escaped(text_of_unlisted(page)), "</p>\n");
  out += findings_html(page) + summary_html(page) + notorious_html(page);
  for (const GroupView& group : page.groups) out += group_html(group);
  return html_page({.title = cat(page.title, " – seccomp"),
                    .style = kStyle,
                    .body = out + other_arches_html(page)});
}

}  // namespace bulkhead::cli
