#include "hook/hold_container.h"

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "admission/container_report.h"
#include "admission/examine.h"
#include "admission/load_apparmor.h"
#include "admission/observed_start.h"
#include "admission/prepare_gate.h"
#include "admission/record_apparmor.h"
#include "admission/record_start.h"
#include "admission/start.h"
#include "admission/start_warning.h"
#include "base/files.h"
#include "base/text.h"
#include "hook/container_state.h"
#include "hook/find_config.h"
#include "hook/voice.h"
#include "kernel/gate/gate_process.h"
#include "kernel/gate/init_gate.h"
#include "kernel/observe/observe.h"
#include "policy/decide/gate_need.h"
#include "policy/settings/policy.h"

namespace bulkhead::hook {

using admission::HeldContainer;
using base::cat;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kStageRemedy = "this stage is for createRuntime and prestart hooks only";

Result<void> check_whom(const ContainerState& state) {
  if (state.pid > 0 && !state.bundle.empty()) return {};
  return base::fail(ErrorCode::invalid_input,
                    "the container's state on stdin has no pid or no bundle",
                    std::string(kStageRemedy));
}

// runc says "stopped" of a container that CRIU is about to bring back.
Result<void> check_status(const ContainerState& state) {
  if (is_to_begin(state)) return {};
  return base::fail(
      ErrorCode::invalid_input,
      cat("the container's state on stdin has the status ", base::quoted(state.status),
          ", so that nothing can be proved of its program any more"),
      cat(kStageRemedy, "; what CRIU restores is proved behind bulkhead-shim alone"));
}

Result<ContainerState> read_state() {
  auto text = base::drain(STDIN_FILENO, "the container's state on stdin", kMaxStateBytes);
  if (!text) return std::unexpected(std::move(text.error()));
  auto state = parse_container_state(std::move(*text));
  if (!state) return state;
  if (auto checked = check_whom(*state); !checked) {
    return std::unexpected(std::move(checked.error()));
  }
  return state;
}

// By a gate, or by CRIU, which restores it and which a gate holds.
Result<bool> is_already_held(pid_t init) {
  const auto status = kernel::read_task_status(init);
  if (!status) return std::unexpected(status.error());
  if (status->tracer == 0) return false;
  if (kernel::is_gate(status->tracer)) return true;
  const auto tracer = kernel::read_task_status(status->tracer);
  return tracer && tracer->tracer != 0 && kernel::is_gate(tracer->tracer);
}

void record_unproved(const base::Paths& paths, const HeldContainer& container) {
  audit::ContainerRecord record = admission::record_of(container);
  record.state = audit::RecordState::unproved;
  admission::write_first_record(voice(paths), record);
  admission::log_event(voice(paths),
                       audit::event_of(container.plan, container.identity, container.stage));
}

// Comes back only where there is no gate: the process that opened one has nothing left to do.
Result<void> hold_and_leave(const base::Paths& paths, const HeldContainer& container,
                            kernel::GateOrder order) {
  audit::ContainerRecord record = admission::record_of(container);
  std::unique_ptr<kernel::InitGate> gate;
  const auto attach = [&]() -> Result<void> {
    auto attached = kernel::InitGate::attach(container.init, std::move(order));
    if (!attached) return std::unexpected(std::move(attached.error()));
    gate = *std::move(attached);
    return {};
  };
  const auto write_held = [&] {
    record.gate_pid = ::getpid();
    admission::write_first_record(voice(paths), record);
  };
  const auto run = [&] { admission::report_outcome(voice(paths), container, record, gate->run()); };
  const kernel::GateDuties duties{.attach = attach, .when_held = write_held, .run = run};
  auto held = kernel::start_gate(duties);
  if (held) ::_exit(EXIT_SUCCESS);
  return held;
}

Result<void> open_gate(const base::Paths& paths, HeldContainer& container) {
  const auto proof = admission::possible_proof();
  if (!proof) return std::unexpected(proof.error());
  // Observing changes nothing, and there is nothing to be seen.
  if (*proof == kernel::ProofBy::taking && container.plan.mode == policy::Mode::observe) {
    if (container.plan.seccomp.profile) admission::note_filters_unjudged(container.plan);
    record_unproved(paths, container);
    return {};
  }
  auto order = admission::prepare_gate(container, *proof, paths);
  if (!order) return std::unexpected(std::move(order.error()));
  admission::add_record(container, admission::RecordedAs::first_process, "hook", paths, *order);
  return hold_and_leave(paths, container, *std::move(order));
}

Result<void> carry_out(const base::Paths& paths, HeldContainer& container) {
  const auto gate_needed = policy::needs_gate(container.plan);
  if (!gate_needed) return std::unexpected(gate_needed.error());
  if (*gate_needed) return open_gate(paths, container);
  record_unproved(paths, container);
  return {};
}

// What is known of a container that mode observe starts though nothing could be decided of it.
struct Known {
  pid_t init = 0;  // 0: nothing
  std::string bundle;
};

void record_undecided(const base::Paths& paths, const admission::Start& start, Known known,
                      const base::Error& error) {
  if (known.init == 0) return;
  audit::ContainerRecord record = admission::record_of({.identity = start.identity,
                                                        .plan = admission::undecided(error),
                                                        .programs = {},
                                                        .init = known.init,
                                                        .bundle = std::move(known.bundle),
                                                        .runtime = {},
                                                        .stage = start.stage});
  record.state = audit::RecordState::unproved;
  admission::write_first_record(voice(paths), record);
}

// Refuses, opens the gate, or finds that nothing is to be done.
Result<void> hold(admission::Start& start, Known& known, const base::Paths& paths) {
  const auto state = read_state();
  if (!state) return std::unexpected(state.error());
  start.identity.id = state->id;
  known = {state->pid, state->bundle};
  const auto held = is_already_held(state->pid);
  if (!held || *held) return held ? Result<void>{} : std::unexpected(held.error());
  if (auto checked = check_status(*state); !checked) return checked;

  const auto policy = admission::load_policy(paths);
  if (!policy) return std::unexpected(policy.error());
  start.mode = policy->mode.value;
  auto found = find_config(*state, ::getppid());
  if (!found) return std::unexpected(std::move(found.error()));
  auto plan = admission::plan_start(
      start, found->config.document,
      {.invocation = {.container_id = state->id, .runtime_root = {}, .bundle = found->bundle},
       .runtime_path = {},
       .paths = paths},
      *policy);
  if (!plan) return std::unexpected(std::move(plan.error()));
  policy::leave_edit_out(*plan);
  admission::warn_of_start(voice(paths), *plan);
  HeldContainer container{.identity = start.identity,
                          .plan = std::move(*plan),
                          .programs = {},
                          .init = state->pid,
                          .bundle = std::move(found->bundle),
                          .runtime = {},
                          .stage = start.stage};
  const auto places = admission::apparmor_places(*policy, paths);
  auto loaded = admission::load_apparmor(container.plan, places);
  if (!loaded) return loaded;
  admission::note_stale_apparmor(container.plan, places);
  admission::leave_apparmor_unrecorded(container.plan);
  return carry_out(paths, container);
}

}  // namespace

int hold_container(std::string_view stage, const base::Paths& paths) {
  admission::Start start{.stage = cat("hook ", stage)};
  Known known;
  const auto held = hold(start, known, paths);
  if (held) return 0;
  const auto code = admission::refuse_unless_observing(voice(paths), start, held.error());
  if (!code) record_undecided(paths, start, std::move(known), held.error());
  return code.value_or(0);
}

}  // namespace bulkhead::hook
