#include "admission/prepare_gate.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "admission/observed_start.h"
#include "kernel/filters/recent_calls.h"
#include "kernel/observe/observe.h"
#include "policy/decide/gate_need.h"
#include "policy/filter/enosys_stub.h"

namespace bulkhead::admission {

using base::Result;
using kernel::GateOrder;
using kernel::InstallAs;
using kernel::Installation;
using kernel::ProofBy;

namespace {

// A profile that asks for it logs whatever the policy says.
bool logs(const policy::PlannedSeccomp& seccomp) {
  if (seccomp.log_denials != policy::LogDenials::no) return true;
  return seccomp.profile && policy::asks_to_log(*seccomp.profile);
}

std::optional<policy::FilterProgram> what_may_be_skipped(const policy::PlannedSeccomp& seccomp) {
  if (!seccomp.profile || seccomp.may_be_skipped.empty()) return std::nullopt;
  return kernel::denials_of_recent_calls(*seccomp.profile);
}

void add_what_may_be_skipped(const policy::PlannedSeccomp& seccomp, bool log,
                             std::vector<Installation>& installations) {
  if (auto denials = what_may_be_skipped(seccomp)) {
    installations.push_back(
        {*std::move(denials), log ? InstallAs::completing_and_logging : InstallAs::completing});
  }
}

// What stands in the place of the runtime's filter answers as that would.
policy::FilterProgram in_place_of_runtime(const policy::PlannedSeccomp& seccomp,
                                          const policy::FilterProgram& planned) {
  if (!seccomp.has_enosys_stub || !seccomp.profile) return planned;
  return policy::with_enosys_stub(*seccomp.profile, planned);
}

// Where filters cannot be read back it is whatever is planned, since that the kernel takes it is
// the proof. What logs beside the runtime's filter comes first: a filter in front of it may deny
// what installing takes.
std::vector<Installation> installations_for(const policy::Plan& plan,
                                            const policy::Expectation& expected, ProofBy proof) {
  const bool all = proof == ProofBy::taking;
  const bool log = logs(plan.seccomp);
  const InstallAs as = log ? InstallAs::confining_and_logging : InstallAs::confining;
  std::vector<Installation> installations;
  if (expected.filter && (all || plan.missing.filter || plan.seccomp.loaded_by_gate)) {
    installations.push_back({in_place_of_runtime(plan.seccomp, *expected.filter), as});
  } else {
    if (expected.filter && policy::wants_logging_filter(plan.seccomp)) {
      installations.push_back({{}, InstallAs::logging_beside});
    }
    add_what_may_be_skipped(plan.seccomp, log, installations);
  }
  if (expected.stacked) installations.push_back({*expected.stacked, as});
  return installations;
}

// A hook inside the container would inherit awake a filter that sleeps only while it is traced; and
// what logs beside the runtime's filter must be newer than that.
kernel::InstallWhen when_to_install(const std::vector<Installation>& installations,
                                    const HeldContainer& container) {
  const bool beside = std::ranges::any_of(installations, [](const Installation& installation) {
    return installation.as == InstallAs::logging_beside;
  });
  return beside || container.plan.start.has_create_container_hooks
             ? kernel::InstallWhen::before_exec
             : kernel::InstallWhen::early;
}

void leave_filters_unjudged(policy::Plan& plan, policy::Expectation& expected) {
  if (expected.filter) note_filters_unjudged(plan);
  expected.filter.reset();
  expected.stacked.reset();
}

policy::Expectation anything() {
  constexpr oci_config::CapabilityMask kEvery = ~oci_config::CapabilityMask{0};
  return {.capabilities = {kEvery, kEvery, kEvery, kEvery, kEvery}};
}

}  // namespace

void note_filters_unjudged(policy::Plan& plan) {
  plan.findings.push_back(
      {.severity = policy::Severity::warning,
       .check = std::string(kFiltersNotJudged),
       .pointer = "/linux/seccomp",
       .message = "seccomp filters cannot be read in a user namespace, and mode observe installs "
                  "none: nothing is known of them",
       .remedy = "in mode enforce the gate installs the planned filter, which proves it"});
}

Result<ProofBy> possible_proof() {
  auto able = kernel::check_can_dump_filters();
  if (able) return ProofBy::reading;
  if (!kernel::is_filtered_itself() && kernel::is_in_user_namespace()) return ProofBy::taking;
  return std::unexpected(std::move(able.error()));
}

Result<GateOrder> prepare_gate(HeldContainer& container, ProofBy proof, const base::Paths& paths) {
  const policy::Plan& plan = container.plan;
  auto programs = programs_for(plan, paths);
  if (!programs) return std::unexpected(std::move(programs.error()));
  container.programs = *std::move(programs);
  GateOrder order{.expectation = expectation_for(plan, container.programs), .proof = proof};
  if (plan.missing.label) order.exec_label = plan.apparmor.label;
  if (plan.mode == policy::Mode::observe) {
    order.on_difference = kernel::OnDifference::let_go;
    if (is_undecided(plan)) order.expectation = anything();
    if (proof == ProofBy::taking) leave_filters_unjudged(container.plan, order.expectation);
    return order;
  }
  order.installations = installations_for(plan, order.expectation, proof);
  order.when = when_to_install(order.installations, container);
  return order;
}

}  // namespace bulkhead::admission
