// `bulkhead policy test`: what the policy says of one container, and which of its rules does.
#pragma once

#include <string>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class PolicyTestCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string subject_;
  std::string id_;
  bool json_ = false;
};

}  // namespace bulkhead::cli
