// `bulkhead status`: what this node can do, what stands in the path of containers, and what does
// not.
#pragma once

#include "cli/frame/command.h"

namespace bulkhead::cli {

class StatusCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  bool check_ = false;
  bool json_ = false;
};

}  // namespace bulkhead::cli
