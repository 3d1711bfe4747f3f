// The table of subcommands.
#include "cli/conformance/conformance_command.h"
#include "cli/containers/check_command.h"
#include "cli/containers/ps_command.h"
#include "cli/containers/verify_command.h"
#include "cli/denials/denials_command.h"
#include "cli/denials/explain_record_command.h"
#include "cli/events/events_command.h"
#include "cli/events/readiness_command.h"
#include "cli/filters/diff_command.h"
#include "cli/filters/explain_command.h"
#include "cli/frame/command.h"
#include "cli/install/install_command.h"
#include "cli/install/uninstall_command.h"
#include "cli/profiles/apparmor_command.h"
#include "cli/profiles/default_command.h"
#include "cli/profiles/lint_command.h"
#include "cli/profiles/policy_command.h"
#include "cli/profiles/policy_guide.h"
#include "cli/profiles/policy_test_command.h"
#include "cli/record/exchange_commands.h"
#include "cli/record/profile_command.h"
#include "cli/record/record_command.h"
#include "cli/record/run_command.h"
#include "cli/record/show_command.h"
#include "cli/record/try_command.h"
#include "cli/report/report_command.h"
#include "cli/status/status_command.h"
#include "cli/watch/watch_command.h"

namespace bulkhead::cli {

std::vector<std::unique_ptr<Command>> all_commands() {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(std::make_unique<StatusCommand>());
  commands.push_back(std::make_unique<PsCommand>());
  commands.push_back(std::make_unique<VerifyCommand>());
  commands.push_back(std::make_unique<WatchCommand>());
  commands.push_back(std::make_unique<DenialsCommand>());
  commands.push_back(std::make_unique<RecordListCommand>());
  commands.push_back(std::make_unique<RecordStartCommand>());
  commands.push_back(std::make_unique<RecordStopCommand>());
  commands.push_back(std::make_unique<RecordRmCommand>());
  commands.push_back(std::make_unique<RecordRunCommand>());
  commands.push_back(std::make_unique<RecordShowCommand>());
  commands.push_back(std::make_unique<RecordProfileCommand>());
  commands.push_back(std::make_unique<RecordTryCommand>());
  commands.push_back(std::make_unique<RecordMergeCommand>());
  commands.push_back(std::make_unique<RecordExportCommand>());
  commands.push_back(std::make_unique<RecordImportCommand>());
  commands.push_back(std::make_unique<EventsCommand>());
  commands.push_back(std::make_unique<ReadinessCommand>());
  commands.push_back(std::make_unique<ReportCommand>());
  commands.push_back(std::make_unique<CheckCommand>());
  commands.push_back(std::make_unique<InstallCommand>());
  commands.push_back(std::make_unique<UninstallCommand>());
  commands.push_back(std::make_unique<DefaultCommand>());
  commands.push_back(std::make_unique<PolicyCheckCommand>());
  commands.push_back(std::make_unique<PolicyShowCommand>());
  commands.push_back(std::make_unique<PolicyTestCommand>());
  commands.push_back(std::make_unique<PolicyInitCommand>());
  commands.push_back(std::make_unique<PolicyExplainCommand>());
  commands.push_back(std::make_unique<LintCommand>());
  commands.push_back(std::make_unique<ExplainCommand>());
  commands.push_back(std::make_unique<DiffCommand>());
  commands.push_back(std::make_unique<ExplainRecordCommand>());
  commands.push_back(std::make_unique<ConformanceCommand>());
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
