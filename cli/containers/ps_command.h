// `bulkhead ps`: the containers of this node, as they were proved.
#pragma once

#include "audit/records/record.h"
#include "cli/frame/command.h"

namespace bulkhead::cli {

class PsCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  [[nodiscard]] base::Result<void> print_once(Environment& environment) const;
  bool all_ = false;
  bool json_ = false;
  bool watch_ = false;
  bool reasons_ = false;
};

}  // namespace bulkhead::cli
