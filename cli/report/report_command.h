// `bulkhead report`: this node on one page.
#pragma once

#include <string>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class ReportCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string since_;
  std::string html_;
  bool json_ = false;
};

}  // namespace bulkhead::cli
