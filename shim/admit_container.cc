#include "shim/admit_container.h"

#include "admission/examine.h"
#include "admission/load_apparmor.h"
#include "base/text.h"
#include "oci-config/bundle.h"
#include "oci-config/spec_edit.h"

namespace bulkhead::shim {

namespace {

using base::Result;

Result<oci_config::OpenDocument> open_configuration(const CommandLine& line) {
  return line.config_file.empty() ? oci_config::open_config(line.bundle)
                                  : oci_config::open_process(line.config_file);
}

// CRIU traces what it restores itself, so the gate for that is a hook's.
admission::GateOpener opener_for(Subcommand subcommand) {
  return subcommand == Subcommand::restore ? admission::GateOpener::hook
                                           : admission::GateOpener::caller;
}

Result<void> carry_out(const policy::Plan& plan, const oci_config::OpenDocument& config) {
  auto text = oci_config::apply(config.document, plan.edit);
  if (!text) return std::unexpected(std::move(text.error()));
  return oci_config::replace_document(config, *text);
}

}  // namespace

Result<policy::Plan> admit_container(admission::Start& start, const CommandLine& line,
                                     const std::string& runtime, const policy::Policy& policy,
                                     const base::Paths& paths) {
  auto config = open_configuration(line);
  if (!config) return std::unexpected(std::move(config.error()));
  const admission::Request request{.invocation = {line.container_id, line.root, line.bundle},
                                   .runtime_path = runtime,
                                   .paths = paths,
                                   .opener = opener_for(line.subcommand)};
  auto plan = admission::plan_start(start, config->document, request, policy);
  if (!plan) return plan;
  const auto places = admission::apparmor_places(policy, paths);
  auto done = admission::load_apparmor(*plan, places);
  if (done) done = carry_out(*plan, *config);
  if (!done) return std::unexpected(std::move(done.error()));
  admission::note_stale_apparmor(*plan, places);
  plan->missing = {};  // the runtime reads it from config.json
  return plan;
}

}  // namespace bulkhead::shim
