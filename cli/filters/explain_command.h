// `bulkhead explain PROFILE|PID|CONTAINER [SYSCALL…]`: what a filter decides, for people.
#pragma once

#include <string>
#include <vector>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class ExplainCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::vector<std::string> operands_;  // the source, then questions
  std::vector<std::string> capabilities_;
  bool json_ = false;
  bool html_ = false;
};

}  // namespace bulkhead::cli
