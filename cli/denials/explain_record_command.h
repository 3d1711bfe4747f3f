// `bulkhead explain-record`: what lines of dmesg, the journal or audit.log mean.
#pragma once

#include <string>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class ExplainRecordCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string file_;
  std::string profile_;
  bool json_ = false;
};

}  // namespace bulkhead::cli
