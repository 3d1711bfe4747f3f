// The table of subcommands.
#include "cli/check_command.h"
#include "cli/command.h"
#include "cli/default_command.h"
#include "cli/diff_command.h"
#include "cli/explain_command.h"
#include "cli/lint_command.h"
#include "cli/policy_command.h"
#include "cli/ps_command.h"
#include "cli/status_command.h"
#include "cli/verify_command.h"

namespace bulkhead::cli {

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<StatusCommand>());
  commands.push_back(std::make_unique<PsCommand>());
  commands.push_back(std::make_unique<VerifyCommand>());
  commands.push_back(std::make_unique<CheckCommand>());
  commands.push_back(std::make_unique<DefaultCommand>());
  commands.push_back(std::make_unique<PolicyCheckCommand>());
  commands.push_back(std::make_unique<PolicyShowCommand>());
  commands.push_back(std::make_unique<LintCommand>());
  commands.push_back(std::make_unique<ExplainCommand>());
  commands.push_back(std::make_unique<DiffCommand>());
  return commands;
}

}  // namespace bulkhead::cli
