// `bulkhead diff A B`: where two filters decide differently, exactly.
#pragma once

#include <string>
#include <vector>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class DiffCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;
  // As diff(1): 2 for whatever went wrong.
  [[nodiscard]] base::ExitCode exit_code_of(base::ErrorCode) const override {
    return base::ExitCode::usage;
  }

 private:
  std::string a_;
  std::string b_;
  std::vector<std::string> capabilities_;
  bool stricter_than_ = false;
  bool html_ = false;
  bool json_ = false;
};

}  // namespace bulkhead::cli
