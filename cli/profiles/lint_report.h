// The three forms in which lint tells its findings.
#pragma once

#include <string>
#include <vector>

#include "cli/profiles/lint_command.h"

namespace bulkhead::cli {

void write_lint_text(const std::vector<LintedFile>& files, Output& output);
[[nodiscard]] std::string lint_json(const std::vector<LintedFile>& files);
// SARIF 2.1.0 (OASIS), as code review systems read it.
[[nodiscard]] std::string lint_sarif(const std::vector<LintedFile>& files);

// The table of policy/checks/startup_needs.h.
void write_needs_text(Output& output);
[[nodiscard]] std::string needs_json();

}  // namespace bulkhead::cli
