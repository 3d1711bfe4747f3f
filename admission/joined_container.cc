#include "admission/joined_container.h"

#include <unistd.h>

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "admission/observed_start.h"
#include "audit/records/record.h"
#include "base/text.h"
#include "kernel/gate/place.h"
#include "kernel/observe/observe.h"
#include "policy/proof/verdict.h"

namespace bulkhead::admission {

using audit::ContainerRecord;
using base::cat;
using base::Result;
using kernel::GateOrder;
using kernel::ProofBy;
using oci_config::CapabilitySets;

namespace {

struct Init {
  pid_t pid = 0;
  std::string proved_stack;  // digest of the filters that it began with; empty: not known
};

bool is_of_init(const ContainerRecord& record, pid_t program) {
  return !audit::is_stale(record) && kernel::share_container(program, record.pid);
}

// What was read before the gate opened tells it as well, while it is that container's still.
std::optional<Init> recorded_init(pid_t program, const HeldContainer& container,
                                  const base::Paths& paths) {
  const auto init_in = [](const ContainerRecord& record) {
    return Init{.pid = record.pid, .proved_stack = record.seccomp_stack_sha256};
  };
  if (container.joins && is_of_init(*container.joins, program)) return init_in(*container.joins);
  for (const ContainerRecord& record : audit::records_named(paths, container.identity.id)) {
    if (is_of_init(record, program)) return init_in(record);
  }
  return std::nullopt;
}

Result<Init> init_of(pid_t program, const HeldContainer& container, const base::Paths& paths) {
  if (auto recorded = recorded_init(program, container, paths)) return *std::move(recorded);
  const auto found = kernel::first_process_beside(program);
  if (found) return Init{.pid = *found, .proved_stack = {}};
  return base::fail(
      base::ErrorCode::kernel,
      cat("no process of a container is found in the namespaces that process ", program, " joined"),
      "does the container still run?");
}

// A filter can only be added: one that the init was proved with is still there.
Result<void> expect_filters(pid_t program, const Init& init, GateOrder& order) {
  if (order.proof == ProofBy::taking) return {};
  if (!init.proved_stack.empty()) {
    const auto filters = kernel::dump_filters(program);
    if (!filters) return std::unexpected(filters.error());
    if (policy::stack_digest(*filters) == init.proved_stack) return {};
  }
  auto observed = kernel::observe_running(init.pid, {});
  if (!observed) return std::unexpected(std::move(observed.error()).within("asking the container"));
  std::erase_if(observed->filters, policy::lets_everything_pass);  // a record's demands nothing
  order.expectation.also = std::move(observed->filters);
  return {};
}

void bound(CapabilitySets& planned, oci_config::CapabilityMask bounding) {
  for (auto* set : {&planned.bounding, &planned.effective, &planned.permitted, &planned.inheritable,
                    &planned.ambient}) {
    *set &= bounding;
  }
}

// The container's user namespace is the one that the process is in, whatever a document says of it.
void map_user_as_kernel(pid_t program, policy::Expectation& expected) {
  if (!expected.user) return;
  expected.user->in_user_namespace = !kernel::share_user_namespace(program, ::getpid());
  expected.user->uid_mappings.clear();
  expected.user->gid_mappings.clear();
}

struct OutcomeRow {
  audit::EventKind kind;
  std::string_view sentence;
};

OutcomeRow row_of(kernel::GateResult result) {
  using audit::EventKind;
  switch (result) {
    case kernel::GateResult::proved:
      return {EventKind::proved, "the kernel confirms that it holds no more than its container"};
    case kernel::GateResult::installed:
      return {EventKind::installed,
              "the gate installed the container's filter, and the kernel "
              "confirms that it holds no more than its container"};
    case kernel::GateResult::differs: return {EventKind::observed, policy::kLetGo};
    case kernel::GateResult::killed:
      return {EventKind::proof_failed, "the process was killed before its program ran: "};
    case kernel::GateResult::faulted: return {EventKind::ended, ""};
    case kernel::GateResult::ended: break;
  }
  return {EventKind::ended, "the runtime ended before any program joined the container"};
}

bool is_left_to_gate(const ContainerRecord& record) {
  return record.seccomp_loader == audit::kLoadedByGate;
}

bool has_not_begun(const ContainerRecord& record) {
  return record.state == audit::RecordState::held && is_left_to_gate(record);
}

// An engine may join right after the start, while the gate is still about to let go.
Result<std::optional<ContainerRecord>> record_once_begun(const HeldContainer& container,
                                                         const base::Paths& paths) {
  constexpr auto kLongest = std::chrono::seconds(2);
  constexpr auto kPause = std::chrono::milliseconds(2);
  const auto& known = container.joins;
  if (known && known->state != audit::RecordState::held) return known;  // it changes no more
  const auto end = std::chrono::steady_clock::now() + kLongest;
  auto record = record_to_join(container.identity, paths);
  while (record && *record && has_not_begun(**record) && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kPause);
    record = record_to_join(container.identity, paths);
  }
  return record;
}

// Whether the gate has to install in who joins what it installed in the container.
bool is_told_of_no_filter(const ContainerRecord& record, const policy::Plan& plan) {
  if (record.state != audit::RecordState::installed) return false;
  return is_left_to_gate(record) || !plan.seccomp.profile;
}

// Enforce would have installed what the gate installed in the container, and what the policy says
// of a container of another origin.
policy::GateAdds what_joining_adds(const HeldContainer& container) {
  if (container.joins && !installed_by_gate(*container.joins).empty()) {
    return policy::GateAdds::filters;
  }
  return policy::what_gate_adds(container.plan);
}

void tell_observed(const HeldContainer& container, const kernel::GateOutcome& outcome,
                   audit::Event& event) {
  if (event.kind == audit::EventKind::ended) return;
  const auto answer = observed_answer(container.plan, what_joining_adds(container), outcome);
  const WhatHolds holds = what_holds(container.plan, outcome);
  if (answer.would == policy::Would::refuse) event.kind = audit::EventKind::observed;
  event.seccomp = holds.seccomp;
  event.apparmor = holds.apparmor;
  event.message = cat(answer.sentence(), "; ");
}

}  // namespace

Result<std::optional<ContainerRecord>> record_to_join(const policy::Identity& identity,
                                                      const base::Paths& paths) {
  std::vector<ContainerRecord> of_root;
  std::vector<ContainerRecord> of_any;
  for (ContainerRecord& record : audit::records_named(paths, identity.id)) {
    if (audit::is_stale(record)) continue;
    if (record.identity.runtime_root == identity.runtime_root) {
      of_root.push_back(std::move(record));
    } else if (record.identity.runtime_root.empty()) {
      of_any.push_back(std::move(record));
    }
  }
  std::vector<ContainerRecord>& found = of_root.empty() ? of_any : of_root;
  if (found.size() > 1) {
    return base::fail(base::ErrorCode::refused,
                      cat("several containers are named ", base::quoted(identity.id),
                          ", and which of them is joined cannot be told"),
                      "start them through the shim, each with a --root of its own");
  }
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::string installed_by_gate(const ContainerRecord& record) {
  const bool by_gate = is_left_to_gate(record) || record.state == audit::RecordState::installed;
  return by_gate ? record.seccomp : std::string();
}

Result<std::vector<kernel::Installation>> filters_to_join(const HeldContainer& container,
                                                          const base::Paths& paths) {
  std::vector<kernel::Installation> installations;
  const auto record = record_once_begun(container, paths);
  if (!record) return std::unexpected(record.error());
  if (*record && has_not_begun(**record)) {
    return base::fail(base::ErrorCode::kernel,
                      "the container's program has not begun, so what holds in it cannot be told",
                      "start the container first");
  }
  if (!*record || !is_told_of_no_filter(**record, container.plan)) return installations;
  auto observed = kernel::observe_running((*record)->pid, {});
  if (!observed) return std::unexpected(std::move(observed.error()).within("asking the container"));
  std::erase_if(observed->filters, policy::lets_everything_pass);
  const auto as = container.plan.seccomp.log_denials == policy::LogDenials::no
                      ? kernel::InstallAs::confining
                      : kernel::InstallAs::confining_and_logging;
  for (auto filter = observed->filters.rbegin(); filter != observed->filters.rend(); ++filter) {
    installations.push_back({std::move(*filter), as});
  }
  return installations;
}

Result<void> expect_as_init(pid_t program, const HeldContainer& container, const base::Paths& paths,
                            GateOrder& order) {
  const auto init = init_of(program, container, paths);
  if (!init) return std::unexpected(init.error());
  const auto status = kernel::read_task_status(init->pid);
  if (!status) return std::unexpected(status.error());
  order.expectation.no_new_privileges |= status->no_new_privileges;
  if (container.plan.process.bounded_by_container) {
    bound(order.expectation.capabilities, status->capabilities.bounding);
  }
  map_user_as_kernel(program, order.expectation);
  return expect_filters(program, *init, order);
}

void report_joined(const Voice& voice, const HeldContainer& container,
                   const kernel::GateOutcome& outcome) {
  const OutcomeRow row = row_of(outcome.result);
  audit::Event event = audit::event_of(container.plan, container.identity, "gate exec");
  event.kind = row.kind;
  event.time = time_of(outcome, container.decided);
  event.seccomp_unlogged = why_unlogged(container, outcome);
  event.message.clear();
  if (container.plan.mode == policy::Mode::observe) {
    tell_observed(container, outcome, event);
  }
  event.message += cat(row.sentence, outcome.sentence, why_it_ended(container.plan, outcome),
                       unrecorded(outcome));
  if (!outcome.program_path.empty()) {
    event.message = cat(base::quoted(outcome.program_path), ": ", event.message);
  }
  log_event(voice, event);
  remember_analysed(voice, container, outcome);
}

}  // namespace bulkhead::admission
