// Cases and their results for a screen.
#pragma once

#include <vector>

#include "cli/screen/output.h"
#include "conformance/reports/report.h"
#include "conformance/values/case.h"

namespace bulkhead::cli {

// What did not pass, case by case with its reasons, and the counts of each runtime.
void write_results(const conformance::Report& report, const std::vector<conformance::Case>& cases,
                   Output& output);
// Names and what they are about, by area.
void write_list(const std::vector<conformance::Case>& cases, Output& output);
// [{"name": …, "level": …, "about": …, "source": …, "sentence": …, "needs": […]}]
[[nodiscard]] std::string list_json(const std::vector<conformance::Case>& cases);
// One case: its source, what it does, and the file as it stands.
void write_case(const conformance::Case& one, Output& output);

}  // namespace bulkhead::cli
