// `bulkhead verify`: asks the kernel now, and compares with the policy and the container's record.
#pragma once

#include <string>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class VerifyCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string container_;
  std::string pid_;
  bool all_ = false;
  bool json_ = false;
};

}  // namespace bulkhead::cli
