#include "hook/hold_container.h"

#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "admission/examine.h"
#include "admission/load_apparmor.h"
#include "base/files.h"
#include "base/text.h"
#include "hook/container_report.h"
#include "hook/container_state.h"
#include "hook/gate_process.h"
#include "hook/report.h"
#include "kernel/tasks/observe.h"
#include "policy/decide/gate_need.h"
#include "policy/settings/policy.h"

namespace bulkhead::hook {

using base::cat;
using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

// What is known so far: a failure at any stage is reported with it.
struct Progress {
  std::string stage;
  policy::Identity identity;
  policy::Mode mode = policy::Mode::enforce;
};

Result<ContainerState> read_state() {
  auto text = base::drain(STDIN_FILENO, "the container's state on stdin", kMaxStateBytes);
  if (!text) return std::unexpected(std::move(text.error()));
  auto state = parse_container_state(std::move(*text));
  if (state && (state->pid <= 0 || state->bundle.empty())) {
    return base::fail(ErrorCode::invalid_input,
                      "the container's state on stdin has no pid or no bundle",
                      "this stage is for createRuntime and prestart hooks only");
  }
  return state;
}

Result<bool> is_already_held(pid_t init) {
  const auto status = kernel::read_task_status(init);
  if (!status) return std::unexpected(status.error());
  return status->tracer != 0 && kernel::is_gate(status->tracer);
}

// False in a user namespace, where the gate proves by installing; an error where the engine itself
// is kept from reading them.
Result<bool> filters_are_readable() {
  auto able = kernel::check_can_dump_filters();
  if (able) return true;
  if (!kernel::is_filtered_itself() && kernel::is_in_user_namespace()) return false;
  return std::unexpected(std::move(able.error()));
}

void prove_by_installing(kernel::GateOrder& order) {
  order.filters_unreadable = true;
  order.only_stacked = false;
  order.log_beside = false;
  if (order.expectation.filter) order.task = kernel::GateTask::install;
}

// Takes the programs out of the container; their digests stay.
kernel::GateOrder order_for(HeldContainer& container) {
  const policy::Plan& plan = container.plan;
  const bool observes = plan.mode == policy::Mode::observe;
  std::optional<policy::FilterProgram> filter;
  if (container.program) filter = std::move(container.program->program);
  kernel::GateOrder order{
      .init = container.init,
      .task = observes                      ? kernel::GateTask::watch
              : policy::gate_installs(plan) ? kernel::GateTask::install
                                            : kernel::GateTask::prove,
      .expectation = policy::expectation_of(plan, std::move(filter)),
      .only_stacked = !plan.missing.filter,
      .log_denials = plan.seccomp.log_denials != policy::LogDenials::no,
      .log_beside = !observes && !plan.missing.filter && policy::wants_logging_filter(plan.seccomp),
      .apparmor = plan.apparmor.available};
  if (plan.missing.label) order.exec_label = plan.apparmor.label;
  if (container.program) order.expectation.accepted_stacks = container.program->accepted_stacks;
  if (container.stacked) order.expectation.stacked = std::move(container.stacked->program);
  return order;
}

void record_unproved(const base::Paths& paths, const HeldContainer& container) {
  audit::ContainerRecord record = record_of(container);
  record.state = audit::RecordState::unproved;
  write_first_record(paths, record);
  log_event(paths, audit::event_of(container.plan, container.identity, container.stage));
}

// Comes back only where there is no gate: the process that opened one has nothing left to do.
Result<void> open_gate(const base::Paths& paths, HeldContainer& container) {
  const auto readable = filters_are_readable();
  if (!readable) return std::unexpected(readable.error());
  // Observing changes nothing, and there is nothing to be seen.
  if (!*readable && container.plan.mode == policy::Mode::observe) {
    record_unproved(paths, container);
    return {};
  }
  if (container.plan.seccomp.profile) {
    auto program = kernel::ProgramCache(paths.cache).program_for(*container.plan.seccomp.profile);
    if (!program) return std::unexpected(std::move(program.error()));
    container.program = std::move(*program);
  }
  if (container.plan.seccomp.stacked) {
    auto program = kernel::ProgramCache(paths.cache).program_for(*container.plan.seccomp.stacked);
    if (!program) return std::unexpected(std::move(program.error()));
    container.stacked = std::move(*program);
  }
  audit::ContainerRecord record = record_of(container);
  const auto write_held = [&] {
    record.gate_pid = ::getpid();
    write_first_record(paths, record);
  };
  const auto report = [&](const kernel::GateOutcome& outcome) {
    report_outcome(paths, container, std::move(record), outcome);
  };
  kernel::GateOrder order = order_for(container);
  if (!*readable) prove_by_installing(order);
  return std::unexpected(
      leave_gate_behind(std::move(order), {.when_held = write_held, .conclude = report}));
}

Result<void> carry_out(const base::Paths& paths, HeldContainer& container) {
  const auto gate_needed = policy::needs_gate(container.plan);
  if (!gate_needed) return std::unexpected(gate_needed.error());
  if (*gate_needed) return open_gate(paths, container);
  record_unproved(paths, container);
  return {};
}

// Refuses, opens the gate, or finds that nothing is to be done.
Result<void> hold(Progress& progress, const base::Paths& paths) {
  const auto state = read_state();
  if (!state) return std::unexpected(state.error());
  progress.identity.id = state->id;
  const auto held = is_already_held(state->pid);
  if (!held || *held) return held ? Result<void>{} : std::unexpected(held.error());

  const auto policy = admission::load_policy(paths);
  if (!policy) return std::unexpected(policy.error());
  progress.mode = policy->mode.value;
  const auto config = oci_config::open_config(state->bundle);
  if (!config) return std::unexpected(config.error());
  auto examined = admission::examine(
      config->document,
      {.invocation = {.container_id = state->id, .runtime_root = {}, .bundle = state->bundle},
       .runtime_path = {},
       .paths = paths},
      *policy);
  if (!examined) return std::unexpected(std::move(examined.error()));
  progress.identity = examined->identity;
  if (const auto* refusal = std::get_if<policy::Refusal>(&examined->decision)) {
    return std::unexpected(admission::to_error(*refusal, examined->identity));
  }
  HeldContainer container{.identity = examined->identity,
                          .plan = std::get<policy::Plan>(std::move(examined->decision)),
                          .program = std::nullopt,
                          .stacked = std::nullopt,
                          .init = state->pid,
                          .bundle = state->bundle,
                          .stage = progress.stage};
  const auto places = admission::apparmor_places(*policy, paths);
  auto loaded = admission::load_apparmor(container.plan, places);
  if (!loaded) return loaded;
  admission::note_stale_apparmor(container.plan, places);
  return carry_out(paths, container);
}

// In observe mode nothing is refused; what would have been is told.
int report_failure(const Progress& progress, const base::Paths& paths, const Error& error) {
  audit::Event event = audit::event_of(error, progress.identity, progress.stage);
  if (progress.mode == policy::Mode::enforce) return refuse(paths, error, event);
  event.kind = audit::EventKind::observed;
  event.message = cat("would refuse: ", event.message);
  log_event(paths, event);
  return 0;
}

}  // namespace

int hold_container(std::string_view stage, const base::Paths& paths) {
  Progress progress{.stage = cat("hook ", stage), .identity = {}};
  const auto held = hold(progress, paths);
  return held ? 0 : report_failure(progress, paths, held.error());
}

}  // namespace bulkhead::hook
