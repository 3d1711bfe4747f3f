// `bulkhead check BUNDLE`: what would happen to this container, without starting it.
#pragma once

#include <string>

#include "admission/examine.h"
#include "cli/frame/command.h"

namespace bulkhead::cli {

class CheckCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::string bundle_;
  std::string id_;
  std::string runtime_;
  bool full_ = false;
  bool json_ = false;
};

// ok: it starts confined; refused; different: it starts, but without a filter, or mode observe lets
// through what enforce would change or refuse.
[[nodiscard]] base::ExitCode exit_code_of_decision(const policy::Decision& decision);

}  // namespace bulkhead::cli
