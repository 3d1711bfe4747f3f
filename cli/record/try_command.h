// `bulkhead record try`.
#pragma once

#include <string>
#include <vector>

#include "cli/frame/command.h"
#include "cli/record/record_command.h"

namespace bulkhead::cli {

class RecordTryCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string profile_;
  std::string name_ = "trial";
  RecordMatch match_;
  std::vector<std::string> capabilities_;
};

}  // namespace bulkhead::cli
