// What `bulkhead watch` counts for Prometheus. Values and text only: no socket, no clock. Who
// serves the text is watch/metrics_server.h.
//
// docs/metrics.md describes every metric of metric_table(), by test. Memory and the size of the
// text are bounded: labels come from tables of this program, except those of containers, of which
// there are at most ContainerSeries::kMost (audit/metrics/container_series.h).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/denials/denial.h"
#include "audit/events/event_facts.h"
#include "audit/metrics/container_series.h"

namespace bulkhead::audit {

enum class MetricId : std::uint8_t {
  denials,
  container_denials,
  unnamed_denials,
  container_series,
  container_series_limit,
  decisions,
  refusals,
  proofs,
  unreadable_events,
  receive_overflows,
  missing_events,
  kernel_lost,
  process_overflows,
  unreadable_records,
  foreign_messages,
  dropped_lines,
  dropped_entries,
  log_waiting,
  denial_lag,
  containers,
  scrapes,
  dropped_scrapers,
  build_info,
  cpu_seconds,
  resident_bytes,
  start_time,
};

enum class MetricType : std::uint8_t { counter, gauge, histogram };
[[nodiscard]] std::string_view name_of(MetricType type);

struct MetricRow {
  MetricId id;
  std::string_view name;
  MetricType type;
  std::vector<std::string_view> labels;
  std::string_view help;
};
// In the order of MetricId, which is that of the text.
[[nodiscard]] std::span<const MetricRow> metric_table();

class Metrics {
 public:
  // Everything whose labels are known beforehand begins with 0: Prometheus sees an increase only
  // from a value that it has read before.
  explicit Metrics(std::string_view version);

  // A line of denials.jsonl as it is written; `count` of it. A line of kind `loss` counts nothing.
  void count_denial(const Denial& denial, std::uint64_t now_ns);
  // From the kernel's record to the line of a denial that is told at once.
  void observe_lag(double seconds);
  // A line of events.jsonl.
  void count_event(const EventFacts& event);
  void count_unreadable_event() { add(MetricId::unreadable_events, {}, 1); }
  // The value of a metric without labels that is kept elsewhere.
  void set(MetricId id, double value) { samples_of(id)[{}] = value; }

  // The text format 0.0.4 of Prometheus.
  [[nodiscard]] std::string text() const;

 private:
  using Samples = std::map<LabelValues, double>;
  [[nodiscard]] Samples& samples_of(MetricId id) { return samples_[static_cast<std::size_t>(id)]; }
  void add(MetricId id, const LabelValues& labels, double value) {
    samples_of(id)[labels] += value;
  }
  void begin_with_zero();

  std::vector<Samples> samples_;
  ContainerSeries by_container_;
  std::vector<std::uint64_t> lag_counts_;  // not cumulative; one more than there are bounds
  double lag_sum_ = 0;
};

}  // namespace bulkhead::audit
