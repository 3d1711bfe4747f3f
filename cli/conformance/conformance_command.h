// `bulkhead conformance`: what a runtime on this kernel really does, case by case.
#pragma once

#include <string>
#include <vector>

#include "cli/frame/command.h"
#include "conformance/reports/report.h"
#include "conformance/values/case_files.h"

namespace bulkhead::cli {

class ConformanceCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  [[nodiscard]] base::Result<base::ExitCode> run_cases(const conformance::CaseFiles& files,
                                                       Environment& environment);
  [[nodiscard]] base::Result<base::ExitCode> compare(Environment& environment);
  [[nodiscard]] base::Result<conformance::Report> results(
      const conformance::CaseFiles& files, const std::vector<conformance::Case>& cases,
      const std::vector<std::string>& runtimes, unsigned jobs);
  [[nodiscard]] base::Result<conformance::Report> read_results() const;
  [[nodiscard]] base::Result<base::ExitCode> show(const conformance::Report& report,
                                                  const std::vector<conformance::Case>& cases,
                                                  Output& output) const;
  [[nodiscard]] base::Result<void> check_options() const;

  std::vector<std::string> runtimes_;
  std::vector<std::string> globs_;
  std::string data_;
  std::string keep_;
  std::string jobs_;
  std::string explain_;
  std::vector<std::string> reports_;  // results to compare or to show
  bool compare_ = false;
  bool list_ = false;
  bool tap_ = false;
  bool json_ = false;
  bool html_ = false;
  bool markdown_ = false;
  bool left_out_ = false;  // one of several runtimes starts nothing here
};

}  // namespace bulkhead::cli
