// `bulkhead readiness`: who would be changed or refused under enforce.
#pragma once

#include <string>

#include "cli/events/event_query.h"
#include "cli/frame/command.h"

namespace bulkhead::cli {

class ReadinessCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  EventQuery query_;
  std::string since_;
  bool json_ = false;
};

}  // namespace bulkhead::cli
