#include <algorithm>

#include "base/json_writer.h"
#include "base/text.h"
#include "conformance/reports/report.h"

namespace bulkhead::conformance {

namespace {

using base::cat;

// A description ends where a # begins a directive.
std::string without_directives(std::string text) {
  std::ranges::replace(text, '#', ' ');
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string directive(const CaseResult& result) {
  const std::string reason = result.reasons.empty() ? "" : without_directives(result.reasons[0]);
  switch (result.verdict) {
    case Verdict::could_not: return cat(" # SKIP ", reason);
    case Verdict::known: return cat(" # TODO ", reason);
    case Verdict::passed:
    case Verdict::failed:
    case Verdict::different:
    case Verdict::vanished: return "";
  }
  return "";
}

bool is_ok(Verdict verdict) { return verdict != Verdict::failed && verdict != Verdict::known; }

const Case* case_named(const std::string& name, const std::vector<Case>& cases) {
  const auto found = std::ranges::find(cases, name, &Case::name);
  return found == cases.end() ? nullptr : &*found;
}

// YAML reads JSON's strings.
std::string block_of(const CaseResult& result, const Case* one) {
  if (result.reasons.empty() || result.verdict == Verdict::could_not) return "";
  std::string block = "  ---\n";
  if (one != nullptr) {
    block += cat("  level: ", base::json_string(name_of(one->source.level)),
                 "\n  source: ", base::json_string(one->source.place),
                 "\n  sentence: ", base::json_string(one->source.sentence), "\n");
  }
  block += cat("  verdict: ", base::json_string(name_of(result.verdict)), "\n  reasons:\n");
  for (const std::string& reason : result.reasons) {
    block += cat("    - ", base::json_string(reason), "\n");
  }
  if (!result.command.empty()) block += cat("  command: ", base::json_string(result.command), "\n");
  return block + "  ...\n";
}

}  // namespace

std::string to_tap(const Report& report, const std::vector<Case>& cases) {
  std::size_t count = 0;
  std::string points;
  for (const RuntimeResults& runtime : report.runtimes) {
    for (const CaseResult& result : runtime.results) {
      const Case* one = case_named(result.name, cases);
      points += cat(is_ok(result.verdict) ? "ok " : "not ok ", ++count, " - ",
                    without_directives(cat(title_of(runtime), ": ", result.name,
                                           one != nullptr ? cat(": ", one->about) : "")),
                    directive(result), "\n", block_of(result, one));
    }
  }
  return cat("TAP version 13\n1..", count, "\n", points);
}

}  // namespace bulkhead::conformance
