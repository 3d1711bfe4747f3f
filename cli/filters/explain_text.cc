#include <algorithm>

#include "base/counted.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cli/filters/explain_page.h"
#include "cli/screen/layout.h"
#include "policy/syscalls/syscalls.h"

namespace bulkhead::cli {

namespace {

using base::cat;

Style style_of(Standing standing) {
  switch (standing) {
    case Standing::allowed: return Style::good;
    case Standing::conditional: return Style::warning;
    case Standing::denied: return Style::bad;
  }
  return Style::plain;
}

// "ALLOW when (arg0 & …) == 0; else ERRNO(EPERM)". The first two cases; more are counted.
std::string decision_text(const CallView& call, std::size_t most_cases) {
  std::string text;
  for (std::size_t at = 0; at < std::min(call.special.size(), most_cases); ++at) {
    text += cat(call.special[at].answer, " when ", call.special[at].when, "; ");
  }
  if (call.special.size() > most_cases) {
    text += cat("and ", base::counted(call.special.size() - most_cases, "more case"), "; ");
  }
  return text + (call.special.empty() ? call.otherwise : cat("else ", call.otherwise));
}

constexpr std::size_t kFewCases = 3;

void write_notorious(const PageView& page, Output& output) {
  output.line(output.styled(Style::bold, cat("Notorious calls, on ", page.arch)));
  Table table({"CALL", "DECISION", "WHY IT MATTERS"});
  for (const NotoriousView& view : page.notorious) {
    const policy::NotoriousSyscall& about = *view.about;
    if (view.call.standing == Standing::denied) continue;
    table.row(
        {{view.call.name},
         {decision_text(view.call, kFewCases), style_of(view.call.standing)},
         {cat(about.harm, about.capability.empty() ? "" : cat(" (wants ", about.capability, ')'),
              " [", about.source, ']')}});
  }
  if (table.empty()) output.line("none of them is let through");
  if (!table.empty()) output.write(table.text(output));
  std::vector<std::string> denied;
  for (const NotoriousView& view : page.notorious) {
    if (view.call.standing == Standing::denied) denied.push_back(view.call.name);
  }
  if (!denied.empty()) output.write(paragraph(cat("denied: ", base::join(denied, " "))));
}

std::vector<std::string> names_with(const GroupView& group, Standing standing) {
  std::vector<std::string> names;
  for (const CallView& call : group.calls) {
    if (call.standing == standing) names.push_back(call.name);
  }
  return names;
}

void write_group(const GroupView& group, Output& output) {
  output.line();
  output.line(cat(output.styled(Style::bold, group.name),
                  output.styled(Style::dim, cat(" – ", group.help))));
  for (const Standing standing : {Standing::allowed, Standing::denied}) {
    const auto names = names_with(group, standing);
    if (names.empty()) continue;
    output.line(cat(
        "  ", output.styled(style_of(standing), cat(name_of(standing), " (", names.size(), ')'))));
    output.write(paragraph(base::join(names, " "), 4));
  }
  for (const CallView& call : group.calls) {
    if (call.standing != Standing::conditional) continue;
    output.line(cat("  ", output.styled(Style::warning, call.name)));
    output.write(paragraph(decision_text(call, kFewCases), 4));
  }
}

// "allowed: waitpid ipc", one for each standing that there is.
std::vector<std::string> differences_on(const PageView& page, const std::string& arch) {
  std::vector<std::string> lines;
  for (const Standing standing : {Standing::allowed, Standing::conditional, Standing::denied}) {
    std::vector<std::string> names;
    for (const CallView& call : page.other_arches) {
      if (call.arch == arch && call.standing == standing) names.push_back(call.name);
    }
    if (!names.empty()) lines.push_back(cat(name_of(standing), ": ", base::join(names, " ")));
  }
  return lines;
}

void write_other_arches(const PageView& page, Output& output) {
  std::vector<std::string> alike;
  for (const std::string& arch : page.other_arch_names) {
    const auto lines = differences_on(page, arch);
    if (lines.empty()) alike.push_back(arch);
    if (lines.empty()) continue;
    output.line();
    output.line(output.styled(Style::bold, cat("On ", arch, " as above, but for")));
    for (const std::string& line : lines) output.write(paragraph(line, 2));
  }
  if (alike.empty()) return;
  output.line();
  output.line(output.styled(Style::bold, cat("On ", base::join(alike, ", "), " as above")));
}

// The same call on architectures that decide it alike.
struct AlikeCalls {
  const CallView* call;
  std::vector<std::string> arches;
};

std::vector<AlikeCalls> alike(const std::vector<CallView>& calls) {
  std::vector<AlikeCalls> groups;
  for (const CallView& call : calls) {
    const auto group = std::ranges::find_if(groups, [&](const AlikeCalls& known) {
      return known.call->name == call.name && same_decision(*known.call, call);
    });
    if (group != groups.end()) {
      group->arches.push_back(call.arch);
    } else {
      groups.push_back({&call, {call.arch}});
    }
  }
  return groups;
}

// "mseal (since a Linux after 6.1, 6.12 at the latest)".
void write_call_name(const CallView& call, Output& output) {
  const std::string since = policy::first_kernel_text(call.first_kernel);
  output.line(cat(output.styled(Style::bold, call.name),
                  since.empty() ? "" : output.styled(Style::dim, cat(" (", since, ')'))));
}

void write_cases(const CallView& call, Output& output) {
  for (const SpecialCase& one : call.special) {
    output.write(paragraph(cat(one.answer, " when ", one.when), 4));
  }
  output.write(paragraph(cat(call.special.empty() ? "" : "else ", call.otherwise,
                             call.cause.empty() ? "" : cat(" (", call.cause, ')')),
                         4));
  if (!call.remark.empty()) output.write(paragraph(call.remark, 4));
}

void write_call_json(const CallView& call, base::JsonWriter& json) {
  json.begin_object();
  json.member("arch", call.arch);
  json.member("syscall", call.name);
  json.member("nr", call.nr);
  json.member("first_kernel", call.first_kernel);
  json.member("standing", name_of(call.standing));
  json.begin_array("cases");
  for (const SpecialCase& one : call.special) {
    json.begin_object();
    json.member("when", one.when);
    json.member("answer", one.answer);
    json.end_object();
  }
  json.end_array();
  json.member("otherwise", call.otherwise);
  json.member("cause", call.cause);
  json.member_if_any("remark", call.remark);
  json.end_object();
}

}  // namespace

void write_page_text(const PageView& page, Output& output) {
  output.line(output.styled(Style::bold, page.title));
  output.write(
      paragraph(cat("Calls that no table knows yet are answered with ", page.elsewhere, '.')));
  if (const std::string text = text_of_unlisted(page); !text.empty()) output.write(paragraph(text));
  output.line();
  write_notorious(page, output);
  for (const GroupView& group : page.groups) write_group(group, output);
  write_other_arches(page, output);
  write_findings_text(page.findings, output);
}

void write_findings_text(const std::vector<policy::Finding>& findings, Output& output) {
  for (const policy::Finding& finding : findings) {
    output.line();
    output.line(output.styled(Style::warning, cat(name_of(finding.severity), " at ",
                                                  finding.pointer, " [", finding.check, "]")));
    output.write(paragraph(finding.message, 2));
  }
}

std::string page_json(const PageView& page) {
  base::JsonWriter json;
  json.begin_object();
  json.member("title", page.title);
  json.member("arch", page.arch);
  json.member("unknown_calls", page.elsewhere);
  json.begin_array("notorious");
  for (const NotoriousView& view : page.notorious) {
    json.begin_object();
    json.member("syscall", view.about->name);
    json.member_if_any("arguments", view.about->arguments);
    json.member("standing", name_of(view.call.standing));
    json.member("danger", policy::name_of(view.about->danger));
    json.member("capability", view.about->capability);
    json.member("harm", view.about->harm);
    json.member("source", view.about->source);
    json.end_object();
  }
  json.end_array();
  json.begin_array("groups");
  for (const GroupView& group : page.groups) {
    json.begin_object();
    json.member("name", group.name);
    json.begin_array("calls");
    for (const CallView& call : group.calls) write_call_json(call, json);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.strings("other_architectures", page.other_arch_names);
  json.strings("unlisted_architectures", page.unlisted_arch_names);
  json.member_if_any("unlisted_calls", page.unlisted_answer);
  json.begin_array("different_there");
  for (const CallView& call : page.other_arches) write_call_json(call, json);
  json.end_array();
  json.begin_array("findings");
  for (const policy::Finding& finding : page.findings) {
    json.begin_object();
    json.member("severity", name_of(finding.severity));
    json.member("check", finding.check);
    json.member("pointer", finding.pointer);
    json.member("message", finding.message);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.finish();
}

void write_calls_text(const std::vector<CallView>& calls, Output& output) {
  std::string_view name;
  for (const AlikeCalls& group : alike(calls)) {
    const CallView& call = *group.call;
    if (call.name != name) write_call_name(call, output);
    name = call.name;
    output.line(cat("  on ", base::join(group.arches, ", "), ": ",
                    output.styled(style_of(call.standing), name_of(call.standing))));
    write_cases(call, output);
  }
}

std::string calls_json(const std::vector<CallView>& calls) {
  base::JsonWriter json;
  json.begin_array();
  for (const CallView& call : calls) write_call_json(call, json);
  json.end_array();
  return json.finish();
}

}  // namespace bulkhead::cli
