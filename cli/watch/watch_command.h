// `bulkhead watch`: listens to the kernel's audit records and writes denials with names.
#pragma once

#include <cstdint>
#include <string>

#include "cli/frame/command.h"
#include "policy/settings/policy.h"

namespace bulkhead::cli {

class WatchCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  [[nodiscard]] base::Result<std::uint32_t> backlog_limit(const policy::Policy& policy) const;

  bool print_ = false;
  std::string interval_ = "10";
  std::string backlog_limit_;
};

}  // namespace bulkhead::cli
