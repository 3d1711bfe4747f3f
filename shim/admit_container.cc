#include "shim/admit_container.h"

#include "admission/examine.h"
#include "admission/load_apparmor.h"
#include "admission/record_apparmor.h"
#include "base/text.h"
#include "oci-config/bundle.h"
#include "oci-config/spec_edit.h"
#include "policy/decide/seccomp_loader.h"
#include "shim/unproved_start.h"

namespace bulkhead::shim {

namespace {

using base::Result;

Result<oci_config::OpenDocument> open_configuration(const CommandLine& line) {
  return line.config_file.empty() ? oci_config::open_config(line.bundle)
                                  : oci_config::open_process(line.config_file);
}

Result<oci_config::OpenDocument> open_whole_configuration(const CommandLine& line) {
  auto config = open_configuration(line);
  if (!config || !stands_in(*config)) return config;
  return put_back_left_over(*config, [&] { return open_configuration(line); });
}

// Writes what the runtime shall read, or has it ready where that holds for a moment only.
Result<Admitted> carry_out(policy::Plan plan, oci_config::OpenDocument config) {
  auto text = oci_config::apply(config.document, plan.edit);
  if (!text) return std::unexpected(std::move(text.error()));
  if (!plan.seccomp.loaded_by_gate) {
    auto replaced = oci_config::replace_document(config, *text);
    if (!replaced) return std::unexpected(std::move(replaced.error()));
    return Admitted{.plan = std::move(plan)};
  }
  auto lean = oci_config::apply(config.document, policy::standing_in(plan.edit));
  if (!lean) return std::unexpected(std::move(lean.error()));
  auto stand_in =
      std::make_unique<ConfigStandIn>(std::move(config), *std::move(text), *std::move(lean));
  return Admitted{.plan = std::move(plan), .stand_in = std::move(stand_in)};
}

}  // namespace

Result<Admitted> admit_container(admission::Start& start, const CommandLine& line,
                                 const Runtime& runtime, const policy::Policy& policy,
                                 const base::Paths& paths) {
  auto config = open_whole_configuration(line);
  if (!config) return std::unexpected(std::move(config.error()));
  const admission::Request request{.invocation = {line.container_id, line.root, line.bundle},
                                   .runtime_path = runtime.path,
                                   .runtime = runtime.features ? &*runtime.features : nullptr,
                                   .paths = paths,
                                   .opener = admission::GateOpener::caller};
  auto plan = admission::plan_start(start, config->document, request, policy);
  if (!plan) return std::unexpected(std::move(plan.error()));
  if (line.subcommand == Subcommand::restore) policy::take_as_started(*plan);
  auto able = admission::check_it_can_start(start, *plan);
  if (!able) return std::unexpected(std::move(able.error()));
  const auto places = admission::apparmor_places(policy, paths);
  auto loaded = admission::load_apparmor(*plan, places);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  if (line.subcommand != Subcommand::restore && !starts_unproved(line, *plan)) {
    admission::record_apparmor(*plan, places, paths);
  }
  if (line.subcommand == Subcommand::restore && plan->seccomp.loaded_by_gate) {
    policy::leave_to_runtime(*plan, "it comes back from the checkpoint");
  }
  auto admitted = carry_out(*std::move(plan), *std::move(config));
  if (!admitted) return admitted;
  admission::note_stale_apparmor(admitted->plan, places);
  admitted->plan.missing = {};  // the runtime reads it from config.json
  admitted->plan.withheld_missing = {};
  return admitted;
}

}  // namespace bulkhead::shim
