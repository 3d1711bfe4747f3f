// `bulkhead record show`.
#pragma once

#include <string>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class RecordShowCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string name_;
  std::string new_since_;
  bool without_exec_ = false;
  bool json_ = false;
};

}  // namespace bulkhead::cli
