#include "watch/watch_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iterator>
#include <utility>

#include "audit/events/event_facts.h"
#include "audit/records/loss_counts.h"
#include "base/text.h"

namespace bulkhead::watch {

using audit::LossCounts;
using audit::MetricId;

namespace {

struct LossMetric {
  MetricId id;
  std::uint64_t LossCounts::*count;
};

constexpr LossMetric kLosses[] = {
    {MetricId::receive_overflows, &LossCounts::overflows},
    {MetricId::missing_events, &LossCounts::missing_serials},
    {MetricId::kernel_lost, &LossCounts::kernel_lost},
    {MetricId::process_overflows, &LossCounts::process_overflows},
    {MetricId::unreadable_records, &LossCounts::unreadable},
    {MetricId::foreign_messages, &LossCounts::foreign},
    {MetricId::dropped_lines, &LossCounts::dropped_lines},
    {MetricId::dropped_entries, &LossCounts::dropped_entries},
};
static_assert(std::size(kLosses) == audit::kLossRows.size(), "every loss is a metric");

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Field 2 of /proc/self/statm is the resident pages.
double resident_bytes() {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                       std::fclose);
  long total = 0;
  long resident = 0;
  if (!file || std::fscanf(file.get(), "%ld %ld", &total, &resident) != 2) return 0;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

WatchMetrics::WatchMetrics(const base::Paths& paths, policy::MetricsAddress address)
    : address_(std::move(address)),
      metrics_(BULKHEAD_VERSION),
      events_(base::cat(paths.log, "/events.jsonl")) {
  metrics_.set(MetricId::start_time, seconds_since_1970());
  // A log that cannot be read now is tried again with every read.
  (void)events_.skip_what_is_there();
  listen();
}

void WatchMetrics::listen() {
  auto server = MetricsServer::listen(address_);
  problem_ = server ? std::string() : server.error().sentence();
  if (server) server_ = *std::move(server);
}

void WatchMetrics::lagged(std::uint64_t lag_ns) {
  metrics_.observe_lag(static_cast<double>(lag_ns) / 1e9);
}

void WatchMetrics::serve(std::uint64_t now_ns, const std::function<audit::WatchState()>& stock) {
  if (!server_) return;
  server_->work(now_ns, [&] {
    read_events();
    take(stock());
    measure_process();
    return metrics_.text();
  });
}

void WatchMetrics::keep_house() {
  read_events();
  if (!server_) listen();
}

void WatchMetrics::read_events() {
  (void)events_.read([&](std::string_view line) {
    const auto event = audit::parse_event_facts(std::string(line));
    event ? metrics_.count_event(*event) : metrics_.count_unreadable_event();
  });
}

void WatchMetrics::take(const audit::WatchState& state) {
  for (const LossMetric& loss : kLosses) {
    metrics_.set(loss.id, static_cast<double>(state.losses.*loss.count));
  }
  metrics_.set(MetricId::containers, static_cast<double>(state.containers));
  metrics_.set(MetricId::log_waiting, state.waiting_lines > 0 ? 1 : 0);
  metrics_.set(MetricId::scrapes, static_cast<double>(server_->served()));
  metrics_.set(MetricId::dropped_scrapers, static_cast<double>(server_->dropped()));
}

void WatchMetrics::measure_process() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    metrics_.set(MetricId::cpu_seconds, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
  }
  metrics_.set(MetricId::resident_bytes, resident_bytes());
}

}  // namespace bulkhead::watch
