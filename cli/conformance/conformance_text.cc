#include "cli/conformance/conformance_text.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "cli/screen/layout.h"

namespace bulkhead::cli {

namespace {

using base::cat;
using conformance::Case;
using conformance::CaseResult;
using conformance::Report;
using conformance::RuntimeResults;
using conformance::Verdict;

struct VerdictRow {
  Verdict verdict;
  Style style;
  bool told;  // case by case
};

constexpr VerdictRow kVerdicts[] = {
    {Verdict::passed, Style::good, false},      {Verdict::failed, Style::bad, true},
    {Verdict::different, Style::warning, true}, {Verdict::known, Style::dim, true},
    {Verdict::vanished, Style::warning, true},  {Verdict::could_not, Style::dim, true},
};

const VerdictRow& row_of(Verdict verdict) {
  return *std::ranges::find(kVerdicts, verdict, &VerdictRow::verdict);
}

std::string source_text(const Case& one) {
  return cat(name_of(one.source.level), " (", one.source.place, "): \"", one.source.sentence, "\"");
}

void write_result(const CaseResult& result, const std::vector<Case>& cases, Output& output) {
  const VerdictRow& row = row_of(result.verdict);
  if (!row.told) return;
  const auto one = std::ranges::find(cases, result.name, &Case::name);
  output.line(cat(output.styled(row.style, name_of(result.verdict)), "  ", result.name));
  constexpr std::size_t kIndent = 4;
  if (one != cases.end() && result.verdict != Verdict::could_not) {
    output.write(paragraph(one->about, kIndent));
    output.write(paragraph(source_text(*one), kIndent));
  }
  for (const std::string& reason : result.reasons) output.write(paragraph(reason, kIndent));
  if (!result.command.empty()) output.line(cat("    ", result.command));
}

std::string count_text(const RuntimeResults& runtime, Verdict verdict) {
  const std::size_t count = count_of(runtime, verdict);
  return count == 0 ? "" : cat(count);
}

std::string area_of(const std::string& name) { return name.substr(0, name.find('.')); }

}  // namespace

void write_results(const Report& report, const std::vector<Case>& cases, Output& output) {
  for (const RuntimeResults& runtime : report.runtimes) {
    output.line(output.styled(Style::bold, title_of(runtime)));
    for (const CaseResult& result : runtime.results) write_result(result, cases, output);
    output.line();
  }
  std::vector<std::string> header = {"RUNTIME"};
  for (const VerdictRow& row : kVerdicts) header.emplace_back(name_of(row.verdict));
  Table table(header);
  for (const RuntimeResults& runtime : report.runtimes) {
    std::vector<Cell> cells = {{title_of(runtime)}};
    for (const VerdictRow& row : kVerdicts) {
      cells.push_back({count_text(runtime, row.verdict), row.style});
    }
    table.row(std::move(cells));
  }
  output.write(table.text(output));
}

void write_list(const std::vector<Case>& cases, Output& output) {
  Table table({"CASE", "LEVEL", "ABOUT"});
  std::string area;
  for (const Case& one : cases) {
    if (area_of(one.name) != area) table.heading(area = area_of(one.name));
    table.row({{one.name}, {std::string(name_of(one.source.level))}, {one.about}});
  }
  output.write(table.text(output));
}

std::string list_json(const std::vector<Case>& cases) {
  base::JsonWriter json;
  json.begin_array();
  for (const Case& one : cases) {
    json.begin_object();
    json.member("name", one.name);
    json.member("level", name_of(one.source.level));
    json.member("about", one.about);
    json.member("source", one.source.place);
    json.member("sentence", one.source.sentence);
    json.strings("needs", one.needs);
    json.end_object();
  }
  json.end_array();
  return json.finish();
}

void write_case(const Case& one, Output& output) {
  output.line(output.styled(Style::bold, one.name));
  output.write(paragraph(one.about));
  output.line();
  output.write(paragraph(source_text(one)));
  if (!one.needs.empty()) output.line(cat("Needs: ", base::join(one.needs, ", ")));
  output.line();
  output.write(one.document->text());
}

}  // namespace bulkhead::cli
