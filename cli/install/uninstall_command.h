// `bulkhead uninstall ENGINE…`: the configuration of engines as it was before `bulkhead install`,
// whatever else changed in it since. Programs and links stay: running containers need them.
#pragma once

#include <string>
#include <vector>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class UninstallCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::vector<std::string> engines_;
  bool all_found_ = false;
  bool dry_run_ = false;
  bool no_restart_ = false;
  std::string root_;
};

}  // namespace bulkhead::cli
