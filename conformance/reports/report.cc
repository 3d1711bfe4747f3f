#include "conformance/reports/report.h"

#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "conformance/values/json_table.h"

namespace bulkhead::conformance {

namespace {

using base::cat;
using base::Result;
using oci_config::JsonDocument;
using oci_config::JsonValue;
using oci_config::Problems;

void write_result(const CaseResult& result, base::JsonWriter& json) {
  json.begin_object();
  json.member("name", result.name);
  json.member("verdict", name_of(result.verdict));
  json.strings("reasons", result.reasons);
  json.member_if_any("bundle", result.bundle);
  json.member_if_any("command", result.command);
  json.end_object();
}

void write_runtime(const RuntimeResults& runtime, base::JsonWriter& json) {
  json.begin_object();
  json.member("path", runtime.path);
  json.member("family", runtime.family);
  json.member("version", runtime.version);
  json.begin_array("results");
  for (const CaseResult& result : runtime.results) write_result(result, json);
  json.end_array();
  json.end_object();
}

void read_verdict(const JsonValue& value, CaseResult& into, Problems& problems) {
  const auto name = problems.take(value.read_string());
  const auto verdict = name ? verdict_named(*name) : std::nullopt;
  if (verdict) into.verdict = *verdict;
  if (name && !verdict) problems.add(value, "this verdict is unknown");
}

using Row = CaseResult;
constexpr MemberRow<Row> kResultRows[] = {
    {"name", [](const JsonValue& v, Row& r, Problems& p) { take_text(v, r.name, p); }, true},
    {"verdict", read_verdict, true},
    {"reasons", [](const JsonValue& v, Row& r, Problems& p) { take_texts(v, r.reasons, p); }},
    {"bundle", [](const JsonValue& v, Row& r, Problems& p) { take_text(v, r.bundle, p); }},
    {"command", [](const JsonValue& v, Row& r, Problems& p) { take_text(v, r.command, p); }},
};

void read_results(const JsonValue& list, RuntimeResults& into, Problems& problems) {
  for_each_element(list, problems, [&](const JsonValue& element) {
    read_by_table<CaseResult>(element, kResultRows, into.results.emplace_back(), problems);
  });
}

using Runtime = RuntimeResults;
constexpr MemberRow<Runtime> kRuntimeRows[] = {
    {"path", [](const JsonValue& v, Runtime& r, Problems& p) { take_text(v, r.path, p); }, true},
    {"family", [](const JsonValue& v, Runtime& r, Problems& p) { take_text(v, r.family, p); }},
    {"version", [](const JsonValue& v, Runtime& r, Problems& p) { take_text(v, r.version, p); }},
    {"results", read_results, true},
};

void read_format(const JsonValue& value, Report&, Problems& problems) {
  constexpr std::uint64_t kFormat = 1;
  (void)problems.take(value.read_unsigned(kFormat));
}

void read_runtimes(const JsonValue& list, Report& into, Problems& problems) {
  for_each_element(list, problems, [&](const JsonValue& element) {
    read_by_table<Runtime>(element, kRuntimeRows, into.runtimes.emplace_back(), problems);
  });
}

constexpr MemberRow<Report> kReportRows[] = {
    {"version", read_format, true},
    {"date", [](const JsonValue& v, Report& r, Problems& p) { take_text(v, r.date, p); }},
    {"kernel", [](const JsonValue& v, Report& r, Problems& p) { take_text(v, r.kernel, p); }},
    {"runtimes", read_runtimes, true},
};

const RuntimeResults* counterpart(const RuntimeResults& of, const Report& in) {
  const auto& key = of.family.empty() ? of.path : of.family;
  const auto found = std::ranges::find_if(in.runtimes, [&](const RuntimeResults& other) {
    return (other.family.empty() ? other.path : other.family) == key;
  });
  return found == in.runtimes.end() ? nullptr : &*found;
}

void add_changes(const RuntimeResults& before, const RuntimeResults& after,
                 std::vector<std::string>& lines) {
  for (const CaseResult& now : after.results) {
    const auto was = std::ranges::find(before.results, now.name, &CaseResult::name);
    if (was == before.results.end() || was->verdict == now.verdict) continue;
    lines.push_back(cat(title_of(after), ": ", now.name, ": ", name_of(now.verdict), ", was ",
                        name_of(was->verdict), " with ", title_of(before)));
  }
}

}  // namespace

bool has_failures(const Report& report) {
  return std::ranges::any_of(report.runtimes, [](const RuntimeResults& runtime) {
    return count_of(runtime, Verdict::failed) > 0;
  });
}

std::string title_of(const RuntimeResults& runtime) {
  return runtime.family.empty() ? runtime.path : cat(runtime.family, ' ', runtime.version);
}

std::string to_json(const Report& report) {
  base::JsonWriter json;
  json.begin_object();
  json.member("version", 1);
  json.member("date", report.date);
  json.member("kernel", report.kernel);
  json.begin_array("runtimes");
  for (const RuntimeResults& runtime : report.runtimes) write_runtime(runtime, json);
  json.end_array();
  json.end_object();
  return json.finish();
}

Result<Report> read_report(std::string text, std::string_view described) {
  const auto document = JsonDocument::parse(std::move(text), {.described = described});
  if (!document) return std::unexpected(document.error());
  Report report;
  Problems problems;
  read_by_table<Report>(document->root(), kReportRows, report, problems);
  if (!problems.empty()) return problems.error();
  return report;
}

std::vector<std::string> changes(const Report& before, const Report& after) {
  std::vector<std::string> lines;
  for (const RuntimeResults& runtime : after.runtimes) {
    if (const auto* was = counterpart(runtime, before)) add_changes(*was, runtime, lines);
  }
  return lines;
}

}  // namespace bulkhead::conformance
