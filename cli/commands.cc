// The table of subcommands.
#include "cli/apparmor_command.h"
#include "cli/check_command.h"
#include "cli/command.h"
#include "cli/default_command.h"
#include "cli/denials_command.h"
#include "cli/diff_command.h"
#include "cli/explain_command.h"
#include "cli/install_command.h"
#include "cli/lint_command.h"
#include "cli/policy_command.h"
#include "cli/ps_command.h"
#include "cli/status_command.h"
#include "cli/uninstall_command.h"
#include "cli/verify_command.h"
#include "cli/watch_command.h"

namespace bulkhead::cli {

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<StatusCommand>());
  commands.push_back(std::make_unique<PsCommand>());
  commands.push_back(std::make_unique<VerifyCommand>());
  commands.push_back(std::make_unique<WatchCommand>());
  commands.push_back(std::make_unique<DenialsCommand>());
  commands.push_back(std::make_unique<CheckCommand>());
  commands.push_back(std::make_unique<InstallCommand>());
  commands.push_back(std::make_unique<UninstallCommand>());
  commands.push_back(std::make_unique<DefaultCommand>());
  commands.push_back(std::make_unique<PolicyCheckCommand>());
  commands.push_back(std::make_unique<PolicyShowCommand>());
  commands.push_back(std::make_unique<LintCommand>());
  commands.push_back(std::make_unique<ExplainCommand>());
  commands.push_back(std::make_unique<DiffCommand>());
  commands.push_back(std::make_unique<AppArmorListCommand>());
  commands.push_back(std::make_unique<AppArmorLoadCommand>());
  commands.push_back(std::make_unique<AppArmorModeCommand>(true));
  commands.push_back(std::make_unique<AppArmorModeCommand>(false));
  commands.push_back(std::make_unique<AppArmorQueryCommand>());
  commands.push_back(std::make_unique<AppArmorLintCommand>());
  commands.push_back(std::make_unique<AppArmorDefaultCommand>());
  return commands;
}

}  // namespace bulkhead::cli
