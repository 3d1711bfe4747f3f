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

Result<void> carry_out(const policy::Plan& plan, const oci_config::OpenDocument& config) {
  auto text = oci_config::apply(config.document, plan.edit);
  if (!text) return std::unexpected(std::move(text.error()));
  return oci_config::replace_document(config, *text);
}

}  // namespace

Outcome admit_container(const CommandLine& line, const std::string& runtime,
                        const policy::Policy& policy, const base::Paths& paths) {
  const std::string stage = base::cat("shim ", name_of(line.subcommand));
  const policy::Identity only_id{.id = line.container_id};
  auto config = open_configuration(line);
  if (!config) return outcome_of(std::move(config.error()), only_id, stage, policy.mode.value);
  const admission::Request request{.invocation = {line.container_id, line.root, line.bundle},
                                   .runtime_path = runtime,
                                   .paths = paths};
  auto examined = admission::examine(config->document, request, policy);
  if (!examined) return outcome_of(std::move(examined.error()), only_id, stage, policy.mode.value);
  if (auto* plan = std::get_if<policy::Plan>(&examined->decision)) {
    auto done = admission::load_apparmor(*plan, admission::apparmor_places(policy, paths));
    if (done) done = carry_out(*plan, *config);
    if (!done) {
      return outcome_of(std::move(done.error()), examined->identity, stage, policy.mode.value);
    }
  }
  return outcome_of(examined->decision, examined->identity, stage);
}

}  // namespace bulkhead::shim
