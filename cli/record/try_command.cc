#include "cli/record/try_command.h"

#include <utility>

#include "base/text.h"
#include "cli/profiles/default_command.h"
#include "cli/profiles/profile_file.h"
#include "cli/screen/layout.h"
#include "kernel/filters/seccomp_compiler.h"
#include "policy/checks/expand.h"
#include "record/keeping/recording_control.h"

namespace bulkhead::cli {

using base::cat;
using base::ExitCode;
using base::Result;

namespace {

Result<record::Trial> trial_of(const std::string& path, oci_config::CapabilityMask capabilities,
                               const std::string& root) {
  const auto file = read_profile_file(path);
  if (!file) return std::unexpected(file.error());
  const auto facts = node_facts(root);
  if (!facts) return std::unexpected(facts.error());
  auto program = kernel::compile_seccomp_checked(policy::expand(
      file->profile,
      {.capabilities = capabilities, .native = facts->native, .kernel = facts->kernel}));
  if (!program) return std::unexpected(std::move(program.error()));
  auto observing = record::observing(*std::move(program));
  if (!observing) return std::unexpected(std::move(observing.error()));
  return record::Trial{.profile = path, .program = *std::move(observing)};
}

}  // namespace

CommandHelp RecordTryCommand::help() const {
  return {
      .name = "record try",
      .summary = "see what a profile would deny, while something else confines",
      .description =
          "From each next start on, what governs the containers that match stays in force and is "
          "proved as ever; a filter beside it lets everything through and has the kernel log what "
          "PROFILE would not allow. `record show` tells it, `record stop` ends it. Calls that "
          "PROFILE allows cost nothing more. GLOB matches as in a rule of the policy; all that are "
          "given must match.",
      .exit_codes = "",
      .examples = {"bulkhead record try web.json --image '*/web:*'", "bulkhead record show trial"},
  };
}

std::vector<Option> RecordTryCommand::options() {
  std::vector<Option> options = {
      {"PROFILE", "", "file with a seccomp profile", &profile_, true},
      {"--name", "NAME", "keep it under this name instead of trial", &name_},
      {"--cap", "CAP", "a capability of the containers, for the profile's conditions",
       &capabilities_}};
  match_.add_to(options);
  return options;
}

Result<ExitCode> RecordTryCommand::run(Environment& environment) {
  if (auto matched = need_a_match(match_); !matched) {
    return std::unexpected(std::move(matched.error()));
  }
  const auto capabilities = capabilities_named(capabilities_);
  if (!capabilities) return std::unexpected(capabilities.error());
  auto trial = trial_of(profile_, *capabilities, environment.root);
  if (!trial) return std::unexpected(std::move(trial.error()));
  auto begun = record::begin_trial(environment.paths, match_.rule_match(), {.name = name_},
                                   *std::move(trial));
  if (!begun) return std::unexpected(std::move(begun.error()));
  environment.output.write(paragraph(cat("trying ", base::quoted(profile_), " as '", name_,
                                         "' from each next start of a container that matches")));
  for (const std::string& note : begun->notes) environment.output.write(paragraph(note));
  return ExitCode::ok;
}

}  // namespace bulkhead::cli
