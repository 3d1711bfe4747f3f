// `bulkhead record run`.
#pragma once

#include <string>
#include <vector>

#include "cli/frame/command.h"
#include "cli/record/record_command.h"

namespace bulkhead::cli {

class RecordRunCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;
  [[nodiscard]] bool prints_json() const override { return format_ != "spo"; }

 private:
  [[nodiscard]] base::Result<int> record_while_it_runs(const std::string& name,
                                                       Environment& environment) const;
  [[nodiscard]] base::Result<base::ExitCode> write_profile(const std::string& name,
                                                           Environment& environment) const;

  std::string name_;
  std::string file_;
  std::string format_ = "oci";
  RecordMatch match_;
  bool without_exec_ = false;
  bool incomplete_ = false;
  std::vector<std::string> command_;
};

}  // namespace bulkhead::cli
