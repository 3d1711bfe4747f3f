#include "admission/joined_container.h"

#include <unistd.h>

#include <optional>
#include <utility>

#include "audit/records/record.h"
#include "base/text.h"
#include "kernel/gate/place.h"
#include "kernel/tasks/observe.h"
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

std::optional<Init> recorded_init(pid_t program, const HeldContainer& container,
                                  const base::Paths& paths) {
  const auto record = audit::read_record(paths, container.identity.id);
  if (!record || !*record || audit::is_stale(**record)) return std::nullopt;
  if (!kernel::share_container(program, (*record)->pid)) return std::nullopt;
  return Init{.pid = (*record)->pid, .proved_stack = (*record)->seccomp_stack_sha256};
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
    case kernel::GateResult::differs: return {EventKind::observed, "would kill: "};
    case kernel::GateResult::killed:
      return {EventKind::proof_failed, "the process was killed before its program ran: "};
    case kernel::GateResult::faulted: return {EventKind::ended, ""};
    case kernel::GateResult::ended: break;
  }
  return {EventKind::ended, "the runtime ended before any program joined the container"};
}

bool holds_installed_filters(const ContainerRecord& record) {
  return record.state == audit::RecordState::installed && !audit::is_stale(record);
}

}  // namespace

Result<std::vector<kernel::Installation>> filters_to_join(const HeldContainer& container,
                                                          const base::Paths& paths) {
  std::vector<kernel::Installation> installations;
  if (container.plan.seccomp.profile) return installations;
  const auto record = audit::read_record(paths, container.identity.id);
  if (!record || !*record || !holds_installed_filters(**record)) return installations;
  auto observed = kernel::observe_running((*record)->pid, {});
  if (!observed) return std::unexpected(std::move(observed.error()).within("asking the container"));
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
  event.message = cat(row.sentence, outcome.sentence, why_it_ended(container.plan, outcome));
  if (!outcome.program_path.empty()) {
    event.message = cat(base::quoted(outcome.program_path), ": ", event.message);
  }
  log_event(voice, event);
  remember_analysed(voice, container, outcome);
}

}  // namespace bulkhead::admission
