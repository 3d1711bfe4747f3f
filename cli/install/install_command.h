// `bulkhead install ENGINE…`: puts the shim, and the hook where the engine reads hooks, into the
// path of engines of this node, proves it with one container, or takes it back and says why.
#pragma once

#include <string>
#include <vector>

#include "cli/frame/command.h"

namespace bulkhead::cli {

class InstallCommand final : public Command {
 public:
  [[nodiscard]] CommandHelp help() const override;
  [[nodiscard]] std::vector<Option> options() override;
  [[nodiscard]] base::Result<base::ExitCode> run(Environment& environment) override;

 private:
  std::vector<std::string> engines_;
  bool all_found_ = false;
  bool dry_run_ = false;
  std::string mode_;
  std::string runtime_class_;
  bool no_restart_ = false;
  bool no_verify_ = false;
  bool no_watch_ = false;
  std::string root_;
};

}  // namespace bulkhead::cli
