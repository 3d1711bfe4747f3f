// What `bulkhead watch` says: denials, losses, and how it is doing.
#include <unistd.h>

#include <utility>

#include "audit/denials/denial_remedy.h"
#include "audit/events/event.h"
#include "base/files.h"
#include "base/text.h"
#include "base/times.h"
#include "cli/watch/watch_metrics.h"
#include "cli/watch/watcher.h"
#include "kernel/tasks/observe.h"

namespace bulkhead::cli {

using audit::ContainerNumber;
using audit::Denial;
using audit::KernelDenial;
using audit::kNoContainer;
using audit::Naming;
using base::cat;

Denial Watcher::tell(const KernelDenial& record, Source source) {
  Denial denial = audit::denial_of(record);
  denial.naming = source.naming;
  if (const auto* container = registry_.find(source.number)) {
    denial.identity = container->identity;
    denial.cause = causes_.cause_of(denial, source.number, *container);
    if (denial.profile.empty()) denial.profile = container->seccomp;
  } else if (source.naming == Naming::named) {
    denial.naming = Naming::gone;  // its record is forgotten
  } else if (source.naming == Naming::no_container) {
    denial.cgroup = kernel::read_cgroup(record.pid);
  }
  auto remedy = audit::remedy_of(denial, std::get_if<audit::AppArmorFacts>(&record.facts));
  denial.remedy = std::move(remedy.fragment);
  denial.caution = std::move(remedy.caution);
  return denial;
}

void Watcher::write(const Denial& denial) {
  std::string line = audit::to_json(denial);
  if (options_.print) {
    (void)base::write_all(STDOUT_FILENO, cat(line, "\n"), "standard output");
  }
  log_.append(std::move(line));
  journal_.send(denial);
  if (options_.metrics != nullptr) options_.metrics->told(denial, clocks_.now_ns());
}

void Watcher::flush() {
  fold_.flush(
      clocks_.now_ns(), [&](const Denial& denial) { write(denial); },
      [&](ContainerNumber number) {
        Denial denial;
        const auto* container = registry_.find(number);
        denial.naming = container != nullptr     ? Naming::named
                        : number == kNoContainer ? Naming::no_container
                                                 : Naming::gone;
        if (container != nullptr) denial.identity = container->identity;
        return denial;
      });
  tell_losses();
  write_state();
}

void Watcher::take_stock() {
  if (const auto status = kernel::read_audit_status()) {
    status_ = *status;
    state_.losses.kernel_lost = kernel_lost_.now(status->lost);
  }
  state_.losses.missing_serials = gaps_.lost();
  state_.losses.dropped_lines = log_.dropped();
  state_.losses.dropped_entries = journal_.dropped();
}

void Watcher::tell_losses() {
  take_stock();
  if (state_.losses == told_losses_) return;
  told_losses_ = state_.losses;
  Denial line{.time = base::utc_now(), .kind = audit::DenialKind::loss};
  line.message = cat("since ", state_.since, ": ", audit::text_of(state_.losses));
  write(line);
}

// Of a line that was written just now. The clocks were read when the round began.
void Watcher::note_lag(const audit::RecordStamp& stamp) {
  if (options_.metrics == nullptr) return;
  Clocks now = clocks_;
  now.read();
  const auto made_ns = now.monotonic_ns(stamp);
  if (made_ns) options_.metrics->lagged(now.now_ns() > *made_ns ? now.now_ns() - *made_ns : 0);
}

void Watcher::serve_metrics() {
  options_.metrics->serve(clocks_.now_ns(), [&] {
    take_stock();
    audit::WatchState stock = state_;
    stock.containers = registry_.size();
    stock.waiting_lines = log_.lines_waiting();
    return stock;
  });
}

// What cannot be written is told by the file's age.
void Watcher::write_state() {
  state_.updated = base::utc_now();
  state_.containers = registry_.size();
  state_.waiting_lines = log_.lines_waiting();
  state_.problem = log_.problem();
  (void)audit::write_watch_state(paths_, state_);
}

}  // namespace bulkhead::cli
