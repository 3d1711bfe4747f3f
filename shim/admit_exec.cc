#include "shim/admit_exec.h"

#include <optional>
#include <utility>

#include "admission/examine.h"
#include "admission/joined_container.h"
#include "admission/load_apparmor.h"
#include "admission/record_apparmor.h"
#include "base/text.h"
#include "oci-config/spec_edit.h"
#include "policy/values/apparmor_recorder.h"
#include "shim/exec_process.h"
#include "shim/process_document.h"
#include "shim/running_container.h"

namespace bulkhead::shim {

namespace {

using base::cat;
using base::ErrorCode;
using base::Result;

// Why the plan leaves the process fewer capabilities, as the plan says it.
std::string why_taken(const policy::Plan& plan) {
  for (const policy::Reason& reason : plan.reasons) {
    if (reason.subject == "capabilities") return reason.sentence;
  }
  return {};
}

// Carries the plan out by options of `exec`.
Result<void> change_options(CommandLine& line, const oci_config::ProcessSpec& process,
                            const policy::Plan& plan) {
  const auto planned = plan.process.capabilities.bounding;
  if ((asked_capabilities(line) & ~planned) != 0) {
    return base::fail(ErrorCode::refused, cat("exec --cap cannot have it all: ", why_taken(plan)),
                      "leave the option out, give the container the capability, or let a rule set "
                      "exec.capabilities to \"as-asked\"");
  }
  const std::string label = policy::stacked_label(plan.apparmor.label, plan.apparmor.recorder);
  if (!label.empty() && process.apparmor_profile != label) set_apparmor(line, label);
  if (plan.process.no_new_privileges) set_no_new_privs(line);
  return {};
}

// Where the process to be executed comes from.
struct ExecProcess {
  std::optional<ProcessDocument> document;  // of --process
  oci_config::ProcessSpec spec;
};

Result<ExecProcess> read_process(const CommandLine& line,
                                 const oci_config::RuntimeSpec& container) {
  if (!line.process_file) return ExecProcess{{}, process_from_options(line, container)};
  auto document = read_process_document(*line.process_file);
  if (!document) return std::unexpected(std::move(document.error()));
  auto spec = oci_config::read_process_spec(document->document);
  if (!spec) return std::unexpected(std::move(spec.error()));
  return ExecProcess{std::move(*document), std::move(*spec)};
}

Result<void> change_process(CommandLine& line, const ExecProcess& process, const policy::Plan& plan,
                            const base::Paths& paths) {
  if (!process.document) return change_options(line, process.spec, plan);
  auto text = oci_config::apply(process.document->document, plan.edit);
  if (!text) return std::unexpected(std::move(text.error()));
  const bool changed = *text != process.document->document.text();
  if (!changed && process.document->can_be_read_again) return {};
  auto path = write_process_copy(*text, paths);
  if (!path) return std::unexpected(std::move(path.error()));
  set_process_file(line, *std::move(path));
  return {};
}

Result<Admitted> decide_and_change(admission::Start& start, CommandLine& line,
                                   const oci_config::RuntimeSpec& container,
                                   const admission::Request& request,
                                   const policy::Policy& policy) {
  auto found = admission::survey(container, request, policy);
  if (!found) return std::unexpected(std::move(found.error()));
  start.identity = found->identity;
  auto joins = admission::record_to_join(found->identity, request.paths);
  const bool is_recorded = !joins || *joins;  // several are, where it cannot be told which
  Admitted admitted{.plan = {}, .joins = joins ? *std::move(joins) : std::nullopt};
  if (!container.seccomp && admitted.joins) {
    found->facts.installed_by_gate = admission::installed_by_gate(*admitted.joins);
  }
  auto process = read_process(line, container);
  if (!process) return std::unexpected(std::move(process.error()));
  auto plan = admission::take_plan(
      start, policy::decide_exec(process->spec, {container, is_recorded}, found->identity,
                                 found->policy, found->facts));
  if (!plan) return std::unexpected(std::move(plan.error()));
  admitted.plan = *std::move(plan);
  policy::Plan& decided = admitted.plan;
  decided.withheld_missing = {.filter = decided.withheld_missing.filter};
  if (decided.mode == policy::Mode::observe) return admitted;
  const auto places = admission::apparmor_places(policy, request.paths);
  auto done = admission::load_apparmor(decided, places);
  admission::join_recorder(decided, found->identity, places, request.paths);
  if (done) done = change_process(line, *process, decided, request.paths);
  if (!done) return std::unexpected(std::move(done.error()));
  decided.missing = {.filter = decided.missing.filter};  // of the rest the runtime is told
  return admitted;
}

// There is no such container, which the runtime will say, or its state is where Bulkhead does not
// look: the node's policy for processes applies, and nothing is taken that only a container's own
// configuration could have taken.
oci_config::RuntimeSpec unknown_container() {
  constexpr oci_config::CapabilityMask kEvery = ~oci_config::CapabilityMask{0};
  oci_config::ProcessSpec process;
  process.capabilities = {kEvery, kEvery, kEvery, kEvery, kEvery};
  return {.process = std::move(process)};
}

StateQuery query_for(const CommandLine& line, const std::string& runtime) {
  return {.family = line.family,
          .root = line.root,
          .rootless = line.rootless,
          .runtime_path = runtime,
          .container_id = line.container_id,
          .reads_bundle_again = !line.process_file};
}

}  // namespace

Result<Admitted> admit_exec(admission::Start& start, CommandLine& line, const Runtime& runtime,
                            const policy::Policy& policy, const base::Paths& paths) {
  auto container = read_container_spec(query_for(line, runtime.path), this_caller());
  if (!container) return std::unexpected(std::move(container.error()));
  const oci_config::RuntimeSpec spec = *container ? std::move(**container) : unknown_container();
  const admission::Request request{.invocation = {line.container_id, line.root, {}},
                                   .runtime_path = runtime.path,
                                   .runtime = runtime.features ? &*runtime.features : nullptr,
                                   .paths = paths,
                                   .opener = admission::GateOpener::caller};
  return decide_and_change(start, line, spec, request, policy);
}

}  // namespace bulkhead::shim
