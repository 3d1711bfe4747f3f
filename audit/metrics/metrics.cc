#include "audit/metrics/metrics.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>

#include "audit/metrics/exposition.h"
#include "base/text.h"
#include "policy/checks/profile_checks.h"
#include "policy/decide/refusals.h"

namespace bulkhead::audit {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

namespace {

using Labels = std::vector<std::string_view>;

const MetricRow kRows[] = {
    {MetricId::denials, "bulkhead_denials_total", MetricType::counter, Labels{"kind", "action"},
     "Denials that the kernel recorded on this node, of containers and of others."},
    {MetricId::container_denials, "bulkhead_container_denials_total", MetricType::counter,
     Labels{"namespace", "pod", "container", "kind", "action"},
     "Denials by container; those beyond the limit of series have the names _other."},
    {MetricId::unnamed_denials, "bulkhead_unnamed_denials_total", MetricType::counter,
     Labels{"why"}, "Denials of no container: of a process of the node, or of one that was gone."},
    {MetricId::container_series, "bulkhead_container_series", MetricType::gauge, Labels{},
     "Series of bulkhead_container_denials_total that have the names of a container."},
    {MetricId::container_series_limit, "bulkhead_container_series_limit", MetricType::gauge,
     Labels{}, "The most that bulkhead_container_series can be."},
    {MetricId::decisions, "bulkhead_decisions_total", MetricType::counter,
     Labels{"stage", "decision"},
     "Decisions on containers, at each stage that a start passes through."},
    {MetricId::refusals, "bulkhead_refusals_total", MetricType::counter, Labels{"reason"},
     "Refusals by reason; one that has several reasons counts for each."},
    {MetricId::proofs, "bulkhead_proofs_total", MetricType::counter, Labels{"result"},
     "What the gate found before a container's first instruction."},
    {MetricId::unreadable_events, "bulkhead_unreadable_events_total", MetricType::counter, Labels{},
     "Lines of events.jsonl that are no events."},
    {MetricId::receive_overflows, "bulkhead_audit_overflows_total", MetricType::counter, Labels{},
     "Times that the kernel found the receive buffer of audit records full."},
    {MetricId::missing_events, "bulkhead_audit_missing_events_total", MetricType::counter, Labels{},
     "Audit events that never arrived, by the gaps in their serial numbers."},
    {MetricId::kernel_lost, "bulkhead_audit_kernel_lost_total", MetricType::counter, Labels{},
     "Audit records that the kernel says it lost since the watcher started."},
    {MetricId::process_overflows, "bulkhead_process_event_overflows_total", MetricType::counter,
     Labels{}, "Times that the process connector overflowed."},
    {MetricId::unreadable_records, "bulkhead_audit_unreadable_records_total", MetricType::counter,
     Labels{}, "Audit records that are not as the kernel writes them."},
    {MetricId::foreign_messages, "bulkhead_audit_foreign_messages_total", MetricType::counter,
     Labels{}, "Messages that the kernel did not send; they are not read."},
    {MetricId::dropped_lines, "bulkhead_log_dropped_lines_total", MetricType::counter, Labels{},
     "Lines that denials.jsonl did not take in time."},
    {MetricId::dropped_entries, "bulkhead_journal_dropped_entries_total", MetricType::counter,
     Labels{}, "Entries that the journal did not take."},
    {MetricId::log_waiting, "bulkhead_log_waiting", MetricType::gauge, Labels{},
     "1 while lines wait because denials.jsonl cannot be written."},
    {MetricId::denial_lag, "bulkhead_denial_lag_seconds", MetricType::histogram, Labels{},
     "From the kernel's record to its line in denials.jsonl, of denials that are told at once."},
    {MetricId::containers, "bulkhead_containers", MetricType::gauge, Labels{},
     "Containers that a denial can be named after."},
    {MetricId::scrapes, "bulkhead_scrapes_total", MetricType::counter, Labels{},
     "Requests for these metrics that were answered with them, before this one."},
    {MetricId::dropped_scrapers, "bulkhead_dropped_scrapers_total", MetricType::counter, Labels{},
     "Connections that were closed because they were slow, in the way, or no request for metrics."},
    {MetricId::build_info, "bulkhead_build_info", MetricType::gauge, Labels{"version"},
     "1, with the version of the watcher."},
    {MetricId::cpu_seconds, "process_cpu_seconds_total", MetricType::counter, Labels{},
     "Processor time that the watcher used."},
    {MetricId::resident_bytes, "process_resident_memory_bytes", MetricType::gauge, Labels{},
     "Resident memory of the watcher."},
    {MetricId::start_time, "process_start_time_seconds", MetricType::gauge, Labels{},
     "When the watcher started, in seconds since 1970."},
};

// Seconds. The last of them is where something must be wrong.
constexpr std::array kLagBounds = {0.001, 0.002, 0.005, 0.01, 0.025, 0.05,
                                   0.1,   0.5,   1.0,   5.0,  30.0};

constexpr std::string_view kSeccompActions[] = {"ERRNO",  "KILL_PROCESS", "KILL_THREAD", "LOG",
                                                "NOTIFY", "TRACE",        "TRAP"};
constexpr std::string_view kAppArmorActions[] = {"ALLOWED", "DENIED", "KILLED"};

constexpr std::string_view kStages[] = {"shim create",       "shim exec",      "shim restore",
                                        "shim run",          "hook precreate", "hook prestart",
                                        "hook createRuntime"};
constexpr EventKind kDecisions[] = {EventKind::admitted, EventKind::changed, EventKind::refused,
                                    EventKind::observed};
constexpr std::string_view kGateStages[] = {"gate", "gate exec"};
constexpr std::string_view kOtherStage = "other";

// Refusals without a finding: something could not be read, and nothing was decided.
constexpr std::string_view kUndecided = "error";
constexpr std::string_view kOtherReason = "other";

std::vector<std::string> refusal_reasons() {
  std::vector<std::string> reasons = {std::string(kUndecided), std::string(kOtherReason)};
  for (const auto& row : policy::refusal_table()) reasons.emplace_back(row.name);
  for (const auto& check : policy::profile_checks()) reasons.emplace_back(check.id);
  return reasons;
}

std::string reason_label(const std::string& check) {
  static const std::vector<std::string> kKnown = refusal_reasons();
  return std::ranges::find(kKnown, check) != kKnown.end() ? check : std::string(kOtherReason);
}

std::string stage_label(std::string_view stage) {
  const bool known = std::ranges::find(kStages, stage) != std::end(kStages);
  return std::string(known ? stage : kOtherStage);
}

bool is_of_gate(std::string_view stage) {
  return std::ranges::find(kGateStages, stage) != std::end(kGateStages);
}

// What the gate found; empty for an event that is none of its results.
std::string_view proof_label(const EventFacts& event) {
  switch (event.kind) {
    case EventKind::proved: return "proved";
    case EventKind::installed: return "installed";
    case EventKind::proof_failed: return "failed";
    case EventKind::observed: return is_of_gate(event.stage) ? "observed" : "";
    case EventKind::admitted:
    case EventKind::changed:
    case EventKind::refused:
    case EventKind::ended:
    case EventKind::removed:
    case EventKind::new_call: break;
  }
  return "";
}

bool is_decision(EventKind kind) {
  return std::ranges::find(kDecisions, kind) != std::end(kDecisions);
}

std::string_view why_unnamed(Naming naming) {
  switch (naming) {
    case Naming::named: return "";
    case Naming::no_container: return "no container";
    case Naming::gone: return "gone";
  }
  return "gone";
}

// Outside Kubernetes no name is trusted, so the id stands for it. A pause container has no name.
std::string container_label(const policy::Identity& identity) {
  const bool has_names = !identity.pod.empty() || !identity.container.empty();
  return label_value(has_names ? identity.container : identity.id);
}

prometheus::MetricType library_type(MetricType type) {
  switch (type) {
    case MetricType::counter: return prometheus::MetricType::Counter;
    case MetricType::gauge: return prometheus::MetricType::Gauge;
    case MetricType::histogram: return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

ClientMetric metric_of(const MetricRow& row, const LabelValues& labels, double value) {
  ClientMetric metric;
  for (std::size_t i = 0; i < row.labels.size() && i < labels.size(); ++i) {
    metric.label.push_back({std::string(row.labels[i]), labels[i]});
  }
  metric.counter.value = value;
  metric.gauge.value = value;
  return metric;
}

void append_series(MetricFamily& family, const MetricRow& row,
                   const std::map<LabelValues, ContainerSeries::Series>& all) {
  for (const auto& [labels, series] : all) {
    family.metric.push_back(metric_of(row, labels, static_cast<double>(series.value)));
  }
}

ClientMetric::Histogram histogram_of(const std::vector<std::uint64_t>& counts, double sum) {
  ClientMetric::Histogram histogram{.sample_count = 0, .sample_sum = sum, .bucket = {}};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    histogram.sample_count += counts[i];
    if (i < kLagBounds.size()) histogram.bucket.push_back({histogram.sample_count, kLagBounds[i]});
  }
  return histogram;
}

}  // namespace

std::string_view name_of(MetricType type) {
  switch (type) {
    case MetricType::counter: return "counter";
    case MetricType::gauge: return "gauge";
    case MetricType::histogram: return "histogram";
  }
  return "gauge";
}

std::span<const MetricRow> metric_table() { return kRows; }

Metrics::Metrics(std::string_view version)
    : samples_(std::size(kRows)), lag_counts_(kLagBounds.size() + 1) {
  begin_with_zero();
  samples_of(MetricId::build_info)[{std::string(version)}] = 1;
  set(MetricId::container_series_limit, ContainerSeries::kMost);
}

void Metrics::begin_with_zero() {
  for (const MetricRow& row : kRows) {
    if (row.labels.empty() && row.type != MetricType::histogram) set(row.id, 0);
  }
  const auto denials = [&](DenialKind kind, std::string_view action) {
    add(MetricId::denials, {std::string(name_of(kind)), std::string(action)}, 0);
  };
  for (const auto action : kSeccompActions) denials(DenialKind::seccomp, action);
  for (const auto action : kAppArmorActions) denials(DenialKind::apparmor, action);
  denials(DenialKind::overflow, "");
  for (const Naming naming : {Naming::no_container, Naming::gone}) {
    add(MetricId::unnamed_denials, {std::string(why_unnamed(naming))}, 0);
  }
  for (const auto stage : kStages) {
    for (const auto kind : kDecisions) {
      add(MetricId::decisions, {std::string(stage), std::string(name_of(kind))}, 0);
    }
  }
  for (const std::string& reason : refusal_reasons()) add(MetricId::refusals, {reason}, 0);
  for (const char* result : {"proved", "installed", "observed", "failed"}) {
    add(MetricId::proofs, {result}, 0);
  }
}

void Metrics::count_denial(const Denial& denial, std::uint64_t now_ns) {
  if (denial.kind == DenialKind::loss) return;
  const std::string kind(name_of(denial.kind));
  add(MetricId::denials, {kind, denial.action}, static_cast<double>(denial.count));
  if (denial.naming != Naming::named) {
    add(MetricId::unnamed_denials, {std::string(why_unnamed(denial.naming))},
        static_cast<double>(denial.count));
    return;
  }
  by_container_.add({.namespace_ = label_value(denial.identity.namespace_),
                     .pod = label_value(denial.identity.pod),
                     .container = container_label(denial.identity),
                     .kind = kind,
                     .action = denial.action},
                    denial.count, now_ns);
  set(MetricId::container_series, static_cast<double>(by_container_.named().size()));
}

void Metrics::observe_lag(double seconds) {
  // A wall clock that was set back makes a record come from the future.
  const double lag = std::max(seconds, 0.0);
  const auto* bound = std::ranges::lower_bound(kLagBounds, lag);
  ++lag_counts_[static_cast<std::size_t>(bound - kLagBounds.begin())];
  lag_sum_ += lag;
}

void Metrics::count_event(const EventFacts& event) {
  if (const auto result = proof_label(event); !result.empty()) {
    return add(MetricId::proofs, {std::string(result)}, 1);
  }
  if (!is_decision(event.kind)) return;
  add(MetricId::decisions, {stage_label(event.stage), std::string(name_of(event.kind))}, 1);
  if (event.kind != EventKind::refused) return;
  if (event.failed_checks.empty()) add(MetricId::refusals, {std::string(kUndecided)}, 1);
  for (const std::string& check : event.failed_checks) {
    add(MetricId::refusals, {reason_label(check)}, 1);
  }
}

std::string Metrics::text() const {
  std::vector<MetricFamily> families;
  for (const MetricRow& row : kRows) {
    MetricFamily family{std::string(row.name), std::string(row.help), library_type(row.type), {}};
    for (const auto& [labels, value] : samples_[static_cast<std::size_t>(row.id)]) {
      family.metric.push_back(metric_of(row, labels, value));
    }
    if (row.id == MetricId::container_denials) {
      append_series(family, row, by_container_.named());
      append_series(family, row, by_container_.other());
    }
    if (row.id == MetricId::denial_lag) {
      family.metric.emplace_back().histogram = histogram_of(lag_counts_, lag_sum_);
    }
    families.push_back(std::move(family));
  }
  return to_exposition(families);
}

}  // namespace bulkhead::audit
