#include "cli/containers/verification.h"

#include <utility>

#include "admission/examine.h"
#include "admission/expectation.h"
#include "admission/load_apparmor.h"
#include "base/text.h"
#include "cli/names/containers.h"
#include "kernel/gate/gate_process.h"
#include "kernel/observe/observe.h"
#include "kernel/tasks/obstacle.h"
#include "oci-config/bundle.h"

namespace bulkhead::cli {

namespace {

using base::Result;
using policy::ObservedState;

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

Verified asked(pid_t pid, const ObservedState& observed, const AskKernel& ask) {
  return {.pid = pid,
          .command = command_of(pid, ask.proc_root),
          .filters = observed.filters.size(),
          .apparmor = label_text(observed.apparmor)};
}

struct Why {
  kernel::ObstacleKind kind = kernel::ObstacleKind::none;
  bool is_held = false;  // by a gate: its program has not begun
  std::string cause, sentence;
};

// The gate of a container dies with what it holds: a living init's is the one of its record.
bool is_its_gate(pid_t tracer, const Demand* demand) {
  if (tracer == 0) return false;
  return (demand != nullptr && demand->record.state == audit::RecordState::held &&
          demand->record.gate_pid == tracer) ||
         kernel::is_gate(tracer);
}

Why obstacle(const Subject& subject, const AskKernel& ask) {
  kernel::Obstacle found = kernel::obstacle_to(subject.pid, ask.proc_root);
  if (is_its_gate(found.tracer, subject.demand)) {
    return {found.kind, true, "held",
            base::cat("a gate (process ", found.tracer, ") holds process ", subject.pid,
                      ": its program has not begun")};
  }
  return {found.kind, false, std::string(name_of(found.kind)), std::move(found.sentence)};
}

bool is_planned_unconfined(const Subject& subject) {
  const Demand* demand = subject.demand;
  return demand != nullptr && demand->expectation && !demand->expectation->filter;
}

// Without asking: what /proc says of its filters, and why there is no more.
Verified not_asked(const Subject& subject, const base::Error& error, const AskKernel& ask) {
  const auto why = obstacle(subject, ask);
  Verified verified{.pid = subject.pid,
                    .command = command_of(subject.pid, ask.proc_root),
                    .cause = why.cause,
                    .sentence = why.sentence.empty() ? error.sentence() : why.sentence};
  if (why.kind == kernel::ObstacleKind::ended) {
    verified.confinement = Confinement::ended;
    verified.sentence.clear();
    return verified;
  }
  const auto task = kernel::living_thread(subject.pid, ask.proc_root).value_or(subject.pid);
  const auto status = kernel::read_task_status(task, ask.proc_root);
  if (!status || why.is_held) return verified;
  verified.filters = status->filters;
  if (status->seccomp_mode == 0 && !is_planned_unconfined(subject)) {
    verified.confinement = Confinement::unconfined;
    verified.sentence = base::cat("no seccomp filter is installed; ", verified.sentence);
  }
  return verified;
}

kernel::ObserveOptions options_of(const AskKernel& ask) {
  return {.apparmor = ask.apparmor, .proc_root = ask.proc_root};
}

// ---- judging ------------------------------------------------------------------------------------

void judge_unrecorded(Verified& verified, const ObservedState& observed) {
  const bool open = observed.filters.empty();
  verified.confinement = open ? Confinement::unconfined : Confinement::cannot_tell;
  verified.sentence =
      open ? "no seccomp filter is installed, and Bulkhead has no record of its container"
           : "filters are installed, but Bulkhead has no record of its container";
}

void judge_by_demand(Verified& verified, const ObservedState& observed, const Demand& demand) {
  if (!demand.expectation) {
    verified.sentence = demand.open_question;
    verified.confinement =
        observed.filters.empty() ? Confinement::unconfined : Confinement::cannot_tell;
    return;
  }
  const policy::Verdict verdict = policy::judge(*demand.expectation, observed);
  verified.confinement = verdict.holds() ? Confinement::holds : Confinement::differs;
  verified.sentence = verdict.sentence();
  if (verdict.holds() && !demand.stale.empty()) {
    verified.confinement = Confinement::differs;
    verified.sentence = demand.stale;
  }
  if (!verdict.holds() && demand.record.state == audit::RecordState::observed) {
    verified.sentence += "; mode observe let it start as it was";
    return;
  }
  if (!verdict.holds() && verified.pid != demand.record.pid) {
    verified.sentence += "; the process joined the container later (an exec is not seen by a hook)";
  }
}

Verified answer(const Subject& subject, const Result<ObservedState>& observed,
                const AskKernel& ask) {
  if (!observed) return not_asked(subject, observed.error(), ask);
  Verified verified = asked(subject.pid, *observed, ask);
  if (subject.demand == nullptr) {
    judge_unrecorded(verified, *observed);
  } else {
    judge_by_demand(verified, *observed, *subject.demand);
  }
  return verified;
}

// A record may outlive its init, whose number another process may have by now.
bool has_ended(const Subject& subject, const AskKernel& ask) {
  return subject.demand != nullptr && subject.pid == subject.demand->record.pid &&
         audit::is_stale(subject.demand->record, ask.proc_root);
}

std::string container_of(const Subject& subject) {
  return subject.demand == nullptr ? "" : subject.demand->name;
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

Demand demand_of(const audit::ContainerRecord& record, std::string name,
                 const policy::Policy& policy, const Environment& environment) {
  Demand demand{.record = record, .name = std::move(name)};
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
  if (plan.would_refuse) {
    demand.open_question = base::cat("mode observe let it start; enforce would refuse it: ",
                                     plan.would_refuse->sentence());
    return demand;
  }
  demand.stale = stale_profile(plan, policy, environment.paths);
  const auto programs = admission::programs_for(plan, environment.paths);
  if (programs) {
    demand.expectation = policy::lasting(admission::expectation_for(plan, *programs));
  } else {
    demand.open_question = programs.error().sentence();
  }
  return demand;
}

std::vector<Verified> verify(std::span<const Subject> subjects, const AskKernel& ask) {
  std::vector<Verified> answers(subjects.size());
  std::vector<pid_t> pids;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    answers[i] = {.container = container_of(subjects[i]), .pid = subjects[i].pid};
    answers[i].confinement = Confinement::ended;
    if (has_ended(subjects[i], ask)) continue;
    pids.push_back(subjects[i].pid);
    places.push_back(i);
  }
  const auto options = options_of(ask);
  kernel::observe_each(pids, options, [&](std::size_t index, Result<ObservedState> observed) {
    const std::size_t place = places[index];
    answers[place] = answer(subjects[place], observed, ask);
    answers[place].container = container_of(subjects[place]);
  });
  return answers;
}

}  // namespace bulkhead::cli
