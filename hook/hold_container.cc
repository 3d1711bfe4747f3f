#include "hook/hold_container.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "admission/examine.h"
#include "admission/expectation.h"
#include "admission/load_apparmor.h"
#include "admission/start.h"
#include "base/files.h"
#include "base/text.h"
#include "hook/container_report.h"
#include "hook/container_state.h"
#include "hook/gate_process.h"
#include "hook/voice.h"
#include "kernel/tasks/observe.h"
#include "policy/decide/gate_need.h"
#include "policy/settings/policy.h"

namespace bulkhead::hook {

using base::cat;
using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

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

kernel::GateOrder order_for(const HeldContainer& container) {
  const policy::Plan& plan = container.plan;
  const bool observes = plan.mode == policy::Mode::observe;
  kernel::GateOrder order{
      .init = container.init,
      .task = observes                      ? kernel::GateTask::watch
              : policy::gate_installs(plan) ? kernel::GateTask::install
                                            : kernel::GateTask::prove,
      .expectation = admission::expectation_for(plan, container.programs),
      .only_stacked = !plan.missing.filter,
      .log_denials = plan.seccomp.log_denials != policy::LogDenials::no,
      .log_beside = !observes && !plan.missing.filter && policy::wants_logging_filter(plan.seccomp),
      .apparmor = plan.apparmor.available};
  if (plan.missing.label) order.exec_label = plan.apparmor.label;
  return order;
}

void record_unproved(const base::Paths& paths, const HeldContainer& container) {
  audit::ContainerRecord record = record_of(container);
  record.state = audit::RecordState::unproved;
  write_first_record(paths, record);
  admission::log_event(voice(paths),
                       audit::event_of(container.plan, container.identity, container.stage));
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
  auto programs = admission::programs_for(container.plan, paths);
  if (!programs) return std::unexpected(std::move(programs.error()));
  container.programs = std::move(*programs);
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
Result<void> hold(admission::Start& start, const base::Paths& paths) {
  const auto state = read_state();
  if (!state) return std::unexpected(state.error());
  start.identity.id = state->id;
  const auto held = is_already_held(state->pid);
  if (!held || *held) return held ? Result<void>{} : std::unexpected(held.error());

  const auto policy = admission::load_policy(paths);
  if (!policy) return std::unexpected(policy.error());
  start.mode = policy->mode.value;
  const auto config = oci_config::open_config(state->bundle);
  if (!config) return std::unexpected(config.error());
  auto plan = admission::plan_start(
      start, config->document,
      {.invocation = {.container_id = state->id, .runtime_root = {}, .bundle = state->bundle},
       .runtime_path = {},
       .paths = paths},
      *policy);
  if (!plan) return std::unexpected(std::move(plan.error()));
  HeldContainer container{.identity = start.identity,
                          .plan = std::move(*plan),
                          .programs = {},
                          .init = state->pid,
                          .bundle = state->bundle,
                          .stage = start.stage};
  const auto places = admission::apparmor_places(*policy, paths);
  auto loaded = admission::load_apparmor(container.plan, places);
  if (!loaded) return loaded;
  admission::note_stale_apparmor(container.plan, places);
  return carry_out(paths, container);
}

}  // namespace

int hold_container(std::string_view stage, const base::Paths& paths) {
  admission::Start start{.stage = cat("hook ", stage)};
  const auto held = hold(start, paths);
  if (held) return 0;
  return admission::refuse_unless_observing(voice(paths), start, held.error()).value_or(0);
}

}  // namespace bulkhead::hook
