#include "admission/container_report.h"

#include <algorithm>
#include <utility>

#include "admission/observed_start.h"
#include "admission/rootless.h"
#include "admission/start_warning.h"
#include "base/text.h"
#include "base/times.h"
#include "kernel/observe/observe.h"
#include "policy/decide/gate_need.h"

namespace bulkhead::admission {

using audit::ContainerRecord;
using audit::EventKind;
using audit::RecordState;
using kernel::GateOutcome;
using kernel::GateResult;

namespace {

constexpr std::string_view kGateStage = "gate";

struct OutcomeRow {
  EventKind event;
  RecordState state;
  std::string_view sentence;  // of the event, before the outcome's own
};

OutcomeRow row_of(GateResult result) {
  switch (result) {
    case GateResult::proved:
      return {EventKind::proved, RecordState::proved, "the kernel confirms the plan"};
    case GateResult::installed:
      return {EventKind::installed, RecordState::installed,
              "the gate installed the filter, and the kernel confirms the plan"};
    case GateResult::differs: return {EventKind::observed, RecordState::observed, policy::kLetGo};
    case GateResult::killed:
      return {EventKind::proof_failed, RecordState::held,
              "the container was killed before its program ran: "};
    case GateResult::faulted: return {EventKind::ended, RecordState::held, ""};
    case GateResult::ended: break;
  }
  return {EventKind::ended, RecordState::held,
          "the container ended before any program of it was executed"};
}

bool is_left_to_gate(const policy::Plan& plan) {
  if (plan.mode == policy::Mode::observe) return false;
  return plan.missing.filter || plan.seccomp.loaded_by_gate;
}

// What mode observe let go is told with the one answer to what enforce would have done.
struct Told {
  OutcomeRow row;
  std::string answer;  // empty in mode enforce, and of what never ran
};

Told told_of(const policy::Plan& plan, const GateOutcome& outcome) {
  Told told{row_of(outcome.result), {}};
  if (plan.mode == policy::Mode::enforce || told.row.event == EventKind::ended) return told;
  const auto answer = observed_answer(plan, policy::what_gate_adds(plan), outcome);
  told.answer = answer.sentence();
  if (answer.would != policy::Would::refuse) return told;
  told.row.event = EventKind::observed;
  told.row.state = RecordState::observed;
  return told;
}

// Where enforce would have refused, that the kernel shows no difference says nothing.
std::string sentence_of(const Told& told, const GateOutcome& outcome) {
  const bool is_all = told.row.event == EventKind::observed && outcome.sentence.empty();
  if (is_all) return told.answer;
  return base::cat(told.answer, told.answer.empty() ? "" : "; ", told.row.sentence,
                   outcome.sentence);
}

audit::Event event_of_outcome(const HeldContainer& container, const GateOutcome& outcome) {
  const Told told = told_of(container.plan, outcome);
  const WhatHolds holds = what_holds(container.plan, outcome);
  audit::Event event = audit::event_of(container.plan, container.identity, kGateStage);
  event.kind = told.row.event;
  event.time = time_of(outcome, container.decided);
  event.seccomp = holds.seccomp;
  event.apparmor = holds.apparmor;
  if (is_undecided(container.plan)) event.user.clear();
  event.message = sentence_of(told, outcome) + why_it_ended(container.plan, outcome);
  return event;
}

void tell_what_holds(const WhatHolds& holds, ContainerRecord& record) {
  record.seccomp = holds.seccomp;
  record.apparmor = holds.apparmor;
  record.no_new_privileges = holds.no_new_privileges;
  if (holds.is_planned_filter) return;
  record.seccomp_profile_sha256.clear();
  record.seccomp_program_sha256.clear();
  if (holds.seccomp == policy::ProfileRef::unconfined().text()) record.seccomp_unlogged.clear();
}

}  // namespace

// What the kernel showed at the proof counts for more than what was planned.
std::string why_unlogged(const HeldContainer& container, const GateOutcome& outcome) {
  const policy::PlannedSeccomp& planned = container.plan.seccomp;
  if (!planned.profile || !policy::denies_silently(*planned.profile)) return {};
  if (!outcome.unlogged.empty()) return outcome.unlogged;
  if (!policy::asks_to_log(*planned.profile)) return planned.unlogged;
  if (outcome.logs.value_or(planned.unlogged.empty())) return {};
  return planned.unlogged.empty() ? "the runtime installed the filter without the flag that logs"
                                  : planned.unlogged;
}

std::string unrecorded(const GateOutcome& outcome) {
  if (outcome.unrecorded.empty()) return {};
  return base::cat("; what it does is not recorded: ", outcome.unrecorded);
}

std::string why_it_ended(const policy::Plan& plan, const GateOutcome& outcome) {
  if (outcome.result != GateResult::ended && outcome.result != GateResult::faulted) return {};
  const std::string why = what_keeps_from_starting(plan);
  return why.empty() ? why : base::cat("; the seccomp profile is probably why: ", why);
}

ContainerRecord record_of(const HeldContainer& container) {
  const policy::Plan& plan = container.plan;
  const std::string now = std::max(base::utc_now(), container.decided);
  const auto start_time = kernel::read_start_time(container.init);
  ContainerRecord record{.identity = container.identity,
                         .state = RecordState::held,
                         .time = now,
                         .created = now,
                         .source = container.stage,
                         .pid = container.init,
                         .start_time = start_time ? *start_time : 0,
                         .gate_pid = 0,
                         .bundle = container.bundle,
                         .cgroup = kernel::read_cgroup(container.init),
                         .seccomp = plan.seccomp.told_source(),
                         .seccomp_profile_sha256 = {},
                         .seccomp_program_sha256 = {},
                         .seccomp_stack_sha256 = {},
                         .seccomp_loader = is_left_to_gate(plan) ? audit::kLoadedByGate : "",
                         .seccomp_proof = {},
                         .seccomp_unlogged = plan.seccomp.unlogged,
                         .apparmor = plan.apparmor.label,
                         .apparmor_recorder = plan.apparmor.recorder,
                         .no_new_privileges = plan.process.no_new_privileges,
                         .message = {},
                         .reasons = {}};
  if (container.programs.filter) {
    record.seccomp_profile_sha256 = container.programs.filter->profile_sha256;
    record.seccomp_program_sha256 = container.programs.filter->program_sha256;
  }
  tell_what_holds(what_is_known(plan), record);
  if (plan.mode == policy::Mode::observe) record.message = policy::enforce_answer(plan).sentence();
  for (const policy::Reason& reason : plan.reasons) {
    record.reasons.push_back({reason.subject, reason.sentence, reason.because});
  }
  return record;
}

void write_first_record(const Voice& voice, ContainerRecord& record) {
  constexpr unsigned kRecordsLookedAt = 4;
  audit::remove_stale_records(voice.paths, kRecordsLookedAt);
  const auto written = audit::write_record(voice.paths, record);
  if (written || is_not_ours_to_write(voice.paths.state)) return;
  say(voice,
      base::cat("warning: the record of this container is missing: ", written.error().sentence()));
}

std::string time_of(const GateOutcome& outcome, const std::string& earliest) {
  return std::max(outcome.time.empty() ? base::utc_now() : outcome.time, earliest);
}

void report_outcome(const Voice& voice, const HeldContainer& container, ContainerRecord record,
                    const GateOutcome& outcome) {
  audit::Event event = event_of_outcome(container, outcome);
  if (event.kind == EventKind::ended) {
    // Not every engine has a container that never ran deleted, so that poststop would come.
    (void)audit::remove_record(voice.paths, record);
    return log_event(voice, event);
  }
  const Told told = told_of(container.plan, outcome);
  record.state = told.row.state;
  record.time = event.time = std::max(event.time, record.time);
  record.source = kGateStage;
  record.gate_pid = 0;
  record.seccomp_proof = policy::name_of(outcome.proof);
  record.seccomp_unlogged = why_unlogged(container, outcome);
  record.seccomp_stack_sha256 = outcome.stack;
  record.stopped_us = outcome.stopped_us;
  record.message = told.answer.empty() || outcome.sentence.empty()
                       ? base::cat(told.answer, outcome.sentence)
                       : base::cat(told.answer, "; ", outcome.sentence);
  tell_what_holds(what_holds(container.plan, outcome), record);
  event.seccomp_unlogged = record.seccomp_unlogged;
  if (!outcome.unlogged.empty()) {
    event.message += base::cat("; its denials stay unlogged: ", outcome.unlogged);
  }
  event.message += unrecorded(outcome);
  if (const auto updated = audit::update_record(voice.paths, record); !updated) {
    event.message += base::cat("; its record is missing: ", updated.error().sentence());
  }
  log_event(voice, event);
  remember_analysed(voice, container, outcome);
}

void remember_analysed(const Voice& voice, const HeldContainer& container,
                       const GateOutcome& outcome) {
  if (!container.programs.filter || outcome.analysed.empty()) return;
  kernel::ProgramCache(voice.paths.cache)
      .remember_accepted(*container.programs.filter, outcome.analysed);
}

void report_attempt(const Voice& voice, const HeldContainer& container,
                    const GateOutcome& outcome) {
  log_event(voice, event_of_outcome(container, outcome));
}

}  // namespace bulkhead::admission
