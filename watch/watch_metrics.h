// The metrics of `bulkhead watch`: counts what it tells, follows what shim, hook and gate wrote to
// events.jsonl, and serves both where the policy says. docs/metrics.md describes the metrics.
//
// Costs nothing while nobody asks: events.jsonl is read when a scraper comes, and once a minute so
// that no rotation is missed; nothing here wakes the watcher otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "audit/denials/denial.h"
#include "audit/events/line_reader.h"
#include "audit/metrics/metrics.h"
#include "audit/records/watch_state.h"
#include "base/paths.h"
#include "policy/settings/metrics_address.h"
#include "watch/metrics_server.h"

namespace bulkhead::watch {

class WatchMetrics {
 public:
  // Begins to listen. Where it cannot, problem() says why and keep_house() tries again: that nobody
  // can ask is no reason for not watching.
  WatchMetrics(const base::Paths& paths, policy::MetricsAddress address);

  // For poll(2): readable when serve() has something to do; -1 while it does not listen.
  [[nodiscard]] int fd() const { return server_ ? server_->fd() : -1; }
  [[nodiscard]] const std::string& problem() const { return problem_; }

  // Every line that is written.
  void told(const audit::Denial& denial, std::uint64_t now_ns) {
    metrics_.count_denial(denial, now_ns);
  }
  // Of a denial that was told at once: since the kernel's record, in nanoseconds.
  void lagged(std::uint64_t lag_ns);
  // Does what can be done without waiting. `stock` is called when somebody asks.
  void serve(std::uint64_t now_ns, const std::function<audit::WatchState()>& stock);
  // Once a minute.
  void keep_house();

 private:
  void listen();
  void read_events();
  void take(const audit::WatchState& state);
  void measure_process();

  policy::MetricsAddress address_;
  std::unique_ptr<MetricsServer> server_;
  std::string problem_;
  audit::Metrics metrics_;
  audit::LineReader events_;
};

}  // namespace bulkhead::watch
