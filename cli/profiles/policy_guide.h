// `bulkhead policy init` and `bulkhead policy explain`: what a policy may say, from the one table
// of its settings.
#pragma once

#include <string>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class PolicyInitCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string output_;
  bool json_ = false;
};

class PolicyExplainCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string key_;
  bool json_ = false;
};

}  // namespace bulkhead::cli
