#include "cli/containers/verification.h"

#include "admission/examine.h"
#include "admission/expectation.h"
#include "admission/load_apparmor.h"
#include "base/text.h"
#include "cli/names/containers.h"
#include "kernel/tasks/observe.h"
#include "oci-config/bundle.h"

namespace bulkhead::cli {

namespace {

using base::Result;

// The container's decision as it would fall today; its identity is the one that was recorded.
Result<policy::Decision> decide_again(const audit::ContainerRecord& record,
                                      const policy::Policy& policy, const base::Paths& paths) {
  const auto opened = oci_config::open_config(record.bundle);
  if (!opened) return std::unexpected(opened.error());
  auto examined = admission::examine(opened->document,
                                     {.invocation = {.container_id = record.identity.id,
                                                     .runtime_root = "",
                                                     .bundle = record.bundle},
                                      .runtime_path = "",
                                      .paths = paths,
                                      .opener = admission::GateOpener::caller,
                                      .recorded = record.identity},
                                     policy);
  if (!examined) return std::unexpected(std::move(examined.error()));
  return std::move(examined->decision);
}

std::string stale_profile(policy::Plan plan, const policy::Policy& policy,
                          const base::Paths& paths) {
  const std::size_t before = plan.findings.size();
  admission::note_stale_apparmor(plan, admission::apparmor_places(policy, paths));
  if (plan.findings.size() == before) return {};
  return base::cat(plan.findings.back().message, "; ", plan.findings.back().remedy);
}

std::string label_text(const policy::AppArmorLabel& label) {
  return label.mode.empty() ? label.name : base::cat(label.name, " (", label.mode, ')');
}

Verified asked(pid_t pid, const policy::ObservedState& observed, const AskKernel& ask) {
  return {.pid = pid,
          .command = command_of(pid, ask.proc_root),
          .filters = observed.filters.size(),
          .apparmor = label_text(observed.apparmor)};
}

Verified not_asked(pid_t pid, const base::Error& error, const AskKernel& ask) {
  return {.pid = pid,
          .command = command_of(pid, ask.proc_root),
          .confinement = Confinement::cannot_tell,
          .sentence = error.sentence()};
}

kernel::ObserveOptions options_of(const AskKernel& ask) {
  return {.apparmor = ask.apparmor, .proc_root = ask.proc_root};
}

}  // namespace

std::string_view name_of(Confinement confinement) {
  switch (confinement) {
    case Confinement::holds: return "holds";
    case Confinement::differs: return "differs";
    case Confinement::unconfined: return "unconfined";
    case Confinement::cannot_tell: return "cannot tell";
    case Confinement::ended: return "ended";
  }
  return "cannot tell";
}

Demand demand_of(const audit::ContainerRecord& record, const policy::Policy& policy,
                 const Environment& environment) {
  Demand demand{.record = record};
  const auto decision = decide_again(record, policy, environment.paths);
  if (!decision) {
    demand.open_question = decision.error().sentence();
    return demand;
  }
  if (const auto* refusal = std::get_if<policy::Refusal>(&*decision)) {
    demand.open_question = base::cat("today's policy refuses it: ", refusal->sentence());
    return demand;
  }
  auto plan = std::get<policy::Plan>(*decision);
  demand.stale = stale_profile(plan, policy, environment.paths);
  const auto programs = admission::programs_for(plan, environment.paths);
  if (programs) {
    demand.expectation = policy::lasting(admission::expectation_for(plan, *programs));
  } else {
    demand.open_question = programs.error().sentence();
  }
  return demand;
}

Verified verify_process(pid_t pid, const Demand& demand, const AskKernel& ask) {
  const bool is_init = pid == demand.record.pid;
  if (is_init && audit::is_stale(demand.record, ask.proc_root)) {
    return {.container = short_id(demand.record.identity.id),
            .pid = pid,
            .confinement = Confinement::ended};
  }
  const auto observed = kernel::observe_running(pid, options_of(ask));
  Verified verified = observed ? asked(pid, *observed, ask) : not_asked(pid, observed.error(), ask);
  verified.container = short_id(demand.record.identity.id);
  if (!observed) return verified;
  if (!demand.expectation) {
    verified.sentence = demand.open_question;
    verified.confinement =
        observed->filters.empty() ? Confinement::unconfined : Confinement::cannot_tell;
    return verified;
  }
  const policy::Verdict verdict = policy::judge(*demand.expectation, *observed);
  verified.confinement = verdict.holds() ? Confinement::holds : Confinement::differs;
  verified.sentence = verdict.sentence();
  if (verdict.holds() && !demand.stale.empty()) {
    verified.confinement = Confinement::differs;
    verified.sentence = demand.stale;
  }
  if (!verdict.holds() && !is_init) {
    verified.sentence += "; the process joined the container later (an exec is not seen by a hook)";
  }
  return verified;
}

Verified verify_unrecorded(pid_t pid, const AskKernel& ask) {
  const auto observed = kernel::observe_running(pid, options_of(ask));
  if (!observed) return not_asked(pid, observed.error(), ask);
  Verified verified = asked(pid, *observed, ask);
  verified.confinement =
      observed->filters.empty() ? Confinement::unconfined : Confinement::cannot_tell;
  verified.sentence =
      observed->filters.empty()
          ? "no seccomp filter is installed, and Bulkhead has no record of its container"
          : "filters are installed, but Bulkhead has no record of its container";
  return verified;
}

}  // namespace bulkhead::cli
