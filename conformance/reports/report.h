// What came of the cases, in the forms in which people and programs read it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "conformance/values/case.h"
#include "conformance/values/result.h"

namespace bulkhead::conformance {

struct Report {
  std::string date;    // "2026-11-28"
  std::string kernel;  // "6.18.44"
  std::vector<RuntimeResults> runtimes;
};

// Whether some runtime fails in what a MUST asks for.
[[nodiscard]] bool has_failures(const Report& report);

// "runc 1.1.5", or its path where it is of no known family.
[[nodiscard]] std::string title_of(const RuntimeResults& runtime);

// {"version": 1, "date": …, "kernel": …, "runtimes": [{"path", "family", "version", "results":
// [{"name", "verdict", "reasons", "bundle", "command"}]}]}
[[nodiscard]] std::string to_json(const Report& report);
// The same back. Error invalid_input.
[[nodiscard]] base::Result<Report> read_report(std::string text, std::string_view described);

// TAP 13 (testanything.org): a point for each case on each runtime. What is known is a TODO, what
// could not be tried a SKIP; of the rest only what fails a MUST is not ok, and the reasons stand in
// the YAML block of each that did not pass.
[[nodiscard]] std::string to_tap(const Report& report, const std::vector<Case>& cases);

// One page: cases down, runtimes across.
[[nodiscard]] std::string to_html(const Report& report, const std::vector<Case>& cases);

// The same as a table in Markdown, for documents: of the cases on which not all passed.
[[nodiscard]] std::string to_markdown(const Report& report, const std::vector<Case>& cases);

// What is another verdict in the second report, a line each: "crun: seccomp.errno-ret.zero: passed,
// was failed". Runtimes are paired by their family, or by their path where that is not known.
[[nodiscard]] std::vector<std::string> changes(const Report& before, const Report& after);

}  // namespace bulkhead::conformance
