// `bulkhead events`: asks the log of what was decided and proved.
#pragma once

#include <string>

#include "audit/records/engine_names.h"
#include "cli/events/event_query.h"
#include "cli/frame/command.h"

namespace bulkhead::cli {

class EventsCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  [[nodiscard]] base::Result<void> summarize(Environment& environment) const;
  // Of what matched nothing.
  [[nodiscard]] base::Result<void> check_is_meant(const Environment& environment) const;
  [[nodiscard]] base::Result<void> print_lines(Environment& environment) const;
  [[nodiscard]] EventQuery asked() const;

  EventQuery query_;
  audit::EngineNames names_;
  std::string since_;
  std::string top_;
  bool refused_ = false;
  bool observed_ = false;
  bool changed_ = false;
  bool failed_ = false;
  bool json_ = false;
};

}  // namespace bulkhead::cli
