#include "cli/report/gather_report.h"

#include <sys/utsname.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <map>
#include <utility>

#include "audit/denials/denial_log.h"
#include "audit/events/event_reader.h"
#include "base/counted.h"
#include "base/text.h"
#include "base/times.h"
#include "cli/containers/inquiry.h"
#include "cli/denials/denial_query.h"
#include "cli/engines/engine_promises.h"
#include "cli/events/event_query.h"
#include "cli/names/containers.h"
#include "cli/profiles/policy_command.h"
#include "cli/status/node_status.h"
#include "policy/settings/policy_weakening.h"

namespace bulkhead::cli {

namespace {

using audit::ContainerRecord;
using audit::EventKind;
using base::cat;
using base::Result;

void tell_machine(NodeReport& report) {
  utsname names{};
  if (::uname(&names) != 0) return;
  report.host = names.nodename;
  report.kernel = cat(names.release, ' ', names.machine);
}

// ---- doors, engines
// ------------------------------------------------------------------------------

void tell_status(const NodeStatus& status, NodeReport& report) {
  report.doors = status_lines(status);
  report.not_covered = not_covered(status);
  for (const EngineState& engine : status.engines.engines) {
    if (engine.coverage <= Coverage::optional) report.uncovered.push_back(engine.name);
  }
  report.denials_recorded = denial_verdict(status.denials, std::time(nullptr));
  if (!status.policy) {
    report.unknown.push_back(cat("the policy is not valid: ", status.policy_error));
    return;
  }
  report.mode = name_of(status.policy->mode.value);
  report.prove = name_of(status.policy->prove.value);
  for (const std::string& label : status.lost_profiles) {
    report.drift.push_back(cat("the AppArmor profile ", base::quoted(label),
                               " of a running container is no longer in the kernel"));
  }
}

void tell_promises(const Environment& environment, const NodeStatus& status, NodeReport& report) {
  const auto tree = RootTree::open(environment.root);
  if (!tree) return report.unknown.push_back(tree.error().sentence());
  if (status.shim_path.empty()) return;
  const std::string directory = status.shim_path.substr(0, status.shim_path.rfind('/'));
  std::ranges::move(broken_promises(*tree, directory), std::back_inserter(report.drift));
}

// ---- containers
// ----------------------------------------------------------------------------------

ReportedContainer reported(const ContainerRecord& record, std::string name) {
  return {.name = std::move(name),
          .engine = std::string(name_of(record.identity.engine)),
          .image = record.identity.image,
          .privileged = record.identity.privileged,
          .seccomp = record.seccomp,
          .apparmor = record.apparmor,
          .no_new_privileges = record.no_new_privileges,
          .state = std::string(name_of(record.state)),
          .proof = record.seccomp_proof,
          .time = record.time,
          .program = record.seccomp_program_sha256,
          .now = {},
          .sentence = record.message};
}

std::string shown_name(const ContainerRecord& record, const std::string& name) {
  const std::string display = display_name(record.identity);
  return display.empty() ? name : cat(display, " (", name, ')');
}

// The container's first process answers for it; what differs in another one counts.
void add_answer(const Verified& verified, ReportedContainer& container) {
  if (verified.confinement == Confinement::holds && !container.now.empty()) return;
  if (!container.now.empty() && container.now != "holds") return;
  container.now = name_of(verified.confinement);
  if (!verified.sentence.empty()) container.sentence = verified.sentence;
}

bool is_drift(const Verified& verified) {
  return verified.confinement == Confinement::differs ||
         verified.confinement == Confinement::unconfined;
}

void ask_kernel(const Inquiry& inquiry, NodeReport& report) {
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < inquiry.names.size(); ++i) place[inquiry.names[i]] = i;
  for (const Verified& verified : verify_all(inquiry)) {
    const auto found = place.find(verified.container);
    if (found == place.end()) {
      report.unrecorded.push_back(
          cat("process ", verified.pid, ' ', verified.command, ": ", verified.sentence));
      continue;
    }
    ReportedContainer& container = report.containers[found->second];
    add_answer(verified, container);
    if (is_drift(verified)) report.drift.push_back(cat(container.name, ": ", verified.sentence));
  }
}

Result<void> tell_containers(const Environment& environment, NodeReport& report) {
  auto list = audit::read_records(environment.paths);
  if (!list) return std::unexpected(std::move(list.error()));
  for (const base::Error& error : list->unreadable) report.unknown.push_back(error.sentence());
  const auto inquiry = begin_inquiry(environment);
  const auto& records = inquiry ? inquiry->records : list->records;
  const auto names = names_of(records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    report.containers.push_back(reported(records[i], shown_name(records[i], names[i])));
  }
  if (inquiry) {
    ask_kernel(*inquiry, report);
  } else {
    report.unknown.push_back(cat("what holds now: ", inquiry.error().sentence()));
  }
  return {};
}

// ---- exemptions
// ----------------------------------------------------------------------------------

std::vector<std::string> had_by(const policy::Rule& rule, const NodeReport& report,
                                const std::vector<ContainerRecord>& records) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(records.size(), report.containers.size()); ++i) {
    if (policy::matches(rule.match, records[i].identity)) {
      names.push_back(report.containers[i].name);
    }
  }
  return names;
}

std::string what_is_let_go(const policy::Policy& policy, std::size_t index) {
  std::vector<std::string> sentences;
  for (const policy::Weakening& weakening : policy::weakenings(policy, index)) {
    sentences.push_back(cat(weakening.key, ": ", weakening.change));
  }
  return sentences.empty() ? "nothing weaker than without it" : base::join(sentences, "; ");
}

void tell_exemptions(const policy::Policy& policy, const std::vector<ContainerRecord>& records,
                     NodeReport& report) {
  for (std::size_t i = 0; i < policy.rules.size(); ++i) {
    const policy::Rule& rule = policy.rules[i];
    if (rule.because.empty()) continue;
    report.exemptions.push_back({.rule = cat("rule ", base::quoted(rule.name)),
                                 .whom = match_text(rule.match),
                                 .what = what_is_let_go(policy, i),
                                 .because = rule.because,
                                 .containers = had_by(rule, report, records)});
  }
  for (const policy::TrustedRuntime& trusted : policy.runtimes_trusted_unproved.value) {
    report.exemptions.push_back({.rule = "runtimes_trusted_unproved",
                                 .whom = cat("the runtime ", base::quoted(trusted.runtime)),
                                 .what = "nothing is proved",
                                 .because = trusted.because,
                                 .containers = {}});
  }
}

// ---- the period
// ----------------------------------------------------------------------------------

Result<void> tell_refusals(const Environment& environment, NodeReport& report) {
  const EventQuery query{.since = report.since,
                         .kinds = {EventKind::refused, EventKind::proof_failed, EventKind::ended}};
  EventSummary summary;
  const auto read = audit::read_event_log(environment.paths.log,
                                          [&](const audit::Event& event, std::string_view) {
                                            if (matches(query, event)) summary.add(event);
                                          });
  if (!read) return std::unexpected(read.error());
  if (*read > 0)
    report.unknown.push_back(cat(base::counted(*read, "line"), " of the log of events"));
  for (const EventGroup* group : summary.groups()) {
    report.refusals.push_back(
        {.count = group->count,
         .container = container_text(group->latest),
         .what = cat(name_of(group->latest.kind), " by ", group->latest.stage),
         .why = why_text(group->latest),
         .last = group->latest.time});
  }
  return {};
}

Result<void> tell_denials(const Environment& environment, NodeReport& report) {
  const DenialQuery query{.since = report.since};
  DenialSummary summary;
  const auto read = audit::read_denial_log(environment.paths.log, [&](audit::Denial denial) {
    if (!denial.would && matches(query, denial)) summary.add(std::move(denial));
  });
  if (!read) return std::unexpected(read.error());
  if (*read > 0)
    report.unknown.push_back(cat(base::counted(*read, "line"), " of the log of denials"));
  if (!summary.losses().empty()) report.unknown.push_back(summary.losses());
  for (const DenialGroup* group : summary.groups()) {
    report.denials.push_back({.count = group->count,
                              .container = group->container,
                              .what = group->what,
                              .why = group->latest.cause,
                              .last = group->latest.time});
  }
  return {};
}

}  // namespace

Result<NodeReport> gather_report(const Environment& environment, const std::string& since) {
  NodeReport report{.version = BULKHEAD_VERSION, .time = base::utc_now(), .since = since};
  tell_machine(report);
  const auto status = read_node_status(environment.paths, environment.root);
  if (!status) return std::unexpected(status.error());
  tell_status(*status, report);
  tell_promises(environment, *status, report);
  if (auto told = tell_containers(environment, report); !told) {
    return std::unexpected(std::move(told.error()));
  }
  const auto list = audit::read_records(environment.paths);
  if (status->policy && list) tell_exemptions(*status->policy, list->records, report);
  if (auto told = tell_refusals(environment, report); !told) {
    return std::unexpected(std::move(told.error()));
  }
  if (auto told = tell_denials(environment, report); !told) {
    return std::unexpected(std::move(told.error()));
  }
  return report;
}

}  // namespace bulkhead::cli
