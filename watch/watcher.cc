#include "watch/watcher.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

#include "audit/denials/small_backlog.h"
#include "base/text.h"
#include "base/times.h"
#include "watch/watch_metrics.h"

namespace bulkhead::watch {

using audit::Denial;
using audit::KernelDenial;
using base::cat;
using base::Result;

namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kHouseNs = 60 * kSecond;
constexpr std::uint64_t kHoldNs = 3 * kMillisecond;     // for the companions of an AppArmor record
constexpr std::uint64_t kRetryMs = 1000;                // of a log that cannot be written
constexpr std::uint64_t kGatherNs = 20 * kMillisecond;  // births and ends of processes
constexpr std::size_t kMostHeld = 64;
constexpr std::uint64_t kStatusNs = kSecond;  // for how long the kernel's answer is good
constexpr unsigned kBatchesPerRound = 64;

}  // namespace

Watcher::Watcher(const base::Paths& paths, Sources sources, Teller teller)
    : paths_(paths),
      sources_(std::move(sources)),
      namer_(paths),
      teller_(std::move(teller)),
      keeper_(paths) {}

Result<Watcher> Watcher::open(const base::Paths& paths, policy::NodeFacts facts,
                              const WatchOptions& options) {
  auto sources = open_sources(paths);
  if (!sources) return std::unexpected(std::move(sources.error()));
  if (options.backlog_limit > 0) {
    auto raised = raise_backlog_limit(options.backlog_limit);
    if (!raised) return std::unexpected(std::move(raised.error()));
  }
  Watcher watcher(paths, std::move(*sources), Teller(paths, std::move(facts), options.tell));
  watcher.begin();
  return watcher;
}

void Watcher::begin() {
  if (auto status = kernel::read_audit_status()) status_ = *status;
  kernel_lost_ = audit::KernelLost(status_.lost);
  state_ = {.pid = ::getpid(), .since = base::utc_now()};
  clocks_.read();
  house_due_ns_ = clocks_.now_ns() + kHouseNs;
  namer_.read_all_records(clocks_);
  clocks_.read();
  namer_.scan(clocks_);
  keeper_.begin(clocks_.now_ns());
  write_state();
}

std::vector<std::string> Watcher::warnings() const {
  std::vector<std::string> sentences;
  if (audit::is_small_backlog(status_.backlog_limit)) {
    sentences.push_back(audit::small_backlog_sentence(status_.backlog_limit));
  }
  if (sources_.records.receive_buffer_bytes() < kernel::kAuditReceiveBufferBytes) {
    sentences.push_back(cat("the receive buffer is only ", sources_.records.receive_buffer_bytes(),
                            " bytes; CAP_NET_ADMIN lets it be ", kernel::kAuditReceiveBufferBytes));
  }
  return sentences;
}

// ---- what happens -------------------------------------------------------------------------------

int Watcher::poll_timeout_ms() const {
  std::uint64_t due = house_due_ns_;
  if (const auto fold = teller_.due_ns()) due = std::min(due, *fold);
  if (const auto records = keeper_.due_ns()) due = std::min(due, *records);
  if (processes_due_ns_ > 0) due = std::min(due, processes_due_ns_);
  for (const Held& held : held_) due = std::min(due, held.until_ns);
  if (teller_.log().waiting()) due = std::min(due, clocks_.now_ns() + kRetryMs * kMillisecond);
  const std::uint64_t wait = due > clocks_.now_ns() ? due - clocks_.now_ns() : 0;
  return static_cast<int>((wait + kMillisecond - 1) / kMillisecond);
}

Result<void> Watcher::run(int stop_fd) {
  const WatchMetrics* metrics = teller_.metrics();
  while (true) {
    pollfd sources[] = {{sources_.records.fd(), POLLIN, 0},
                        {processes_due_ns_ > 0 ? -1 : sources_.processes.fd(), POLLIN, 0},
                        {sources_.changes.fd(), POLLIN, 0},
                        {stop_fd, POLLIN, 0},
                        {metrics != nullptr ? metrics->fd() : -1, POLLIN, 0}};
    if (::poll(sources, std::size(sources), poll_timeout_ms()) < 0 && errno != EINTR) {
      return base::fail_errno(base::ErrorCode::kernel, "wait for", "the records of the kernel");
    }
    if (auto taken = take_in(); !taken) return taken;
    const bool stopping = (sources[3].revents & POLLIN) != 0;
    write_out(stopping);
    if (clocks_.now_ns() >= house_due_ns_) keep_house();
    if (const auto due = keeper_.due_ns(); due && (stopping || *due <= clocks_.now_ns())) {
      collect_records();
    }
    if (sources[4].revents != 0) serve_metrics();
    if (stopping) return {};
  }
}

Result<void> Watcher::take_in() {
  clocks_.read();
  namer_.begin_round();
  if (auto taken = take_audit(); !taken) return taken;
  return take_record_changes();
}

void Watcher::write_out(bool stopping) {
  handle_arrived();
  if (teller_.log().waiting()) teller_.retry();
  if (teller_.log().waiting() != (state_.waiting_lines > 0)) write_state();
  state_.ended = stopping;
  if (stopping) gaps_.settle();
  const auto due = teller_.due_ns();
  if (!stopping && !(due && *due <= clocks_.now_ns())) return;
  teller_.flush(namer_, clocks_);
  tell_losses();
  write_state();
}

void Watcher::keep_house() {
  house_due_ns_ = clocks_.now_ns() + kHouseNs;
  gaps_.settle();
  namer_.forget_old(clocks_);
  keeper_.keep_house();
  tell_losses();
  write_state();
  if (teller_.metrics() != nullptr) teller_.metrics()->keep_house();
}

// ---- audit records ------------------------------------------------------------------------------

Result<void> Watcher::take_audit() {
  const record::Time begun = record::now();
  for (unsigned i = 0; i < kBatchesPerRound; ++i) {
    auto batch = sources_.records.read();
    if (!batch) return std::unexpected(std::move(batch.error()));
    state_.losses.overflows += batch->overflowed ? 1 : 0;
    state_.losses.foreign += batch->foreign;
    for (const kernel::AuditMessage& message : batch->messages) take_message(message);
    if (!batch->messages.empty() || batch->overflowed || batch->foreign > 0) continue;
    log_taken_until_ = begun;
    break;
  }
  return {};
}

// Auditing is enabled and disabled while we run, by auditd's start for one, and no record tells of
// its being enabled.
bool Watcher::companions_follow() {
  if (status_read_ns_ + kStatusNs <= clocks_.now_ns()) {
    if (const auto status = kernel::read_audit_status()) status_ = *status;
    status_read_ns_ = clocks_.now_ns();
  }
  return status_.enabled;
}

void Watcher::take_message(const kernel::AuditMessage& message) {
  if (const auto stamp = audit::stamp_of(message.text)) gaps_.seen(stamp->serial);
  auto parsed = audit::parse_kernel_record(message.type, message.text);
  if (!parsed) {
    ++state_.losses.unreadable;
    return;
  }
  if (auto* denial = std::get_if<KernelDenial>(&*parsed)) {
    const bool may_wait = message.type == audit::kAppArmorRecord && held_.size() < kMostHeld;
    if (may_wait && companions_follow()) {
      held_.push_back({std::move(*denial), clocks_.now_ns() + kHoldNs});
    } else {
      arrived_.push_back(std::move(*denial));
    }
  } else if (const auto* access = std::get_if<audit::AuditedAccess>(&*parsed)) {
    ++state_.records;
    keeper_.take(*access);
  } else if (const auto* companion = std::get_if<audit::SyscallCompanion>(&*parsed)) {
    complete_held(*companion);
  } else if (const auto* end = std::get_if<audit::EndOfEvent>(&*parsed)) {
    release_held(end->stamp.serial);
  }
}

void Watcher::complete_held(const audit::SyscallCompanion& companion) {
  for (Held& held : held_) {
    if (held.record.stamp.serial != companion.stamp.serial) continue;
    held.record.exe = companion.exe;
    held.record.uid = companion.uid;
  }
}

void Watcher::release_held(std::uint64_t serial) {
  std::erase_if(held_, [&](Held& held) {
    if (held.record.stamp.serial != serial && held.until_ns > clocks_.now_ns()) return false;
    arrived_.push_back(std::move(held.record));
    return true;
  });
}

void Watcher::handle_arrived() {
  release_held(0);
  for (const KernelDenial& record : arrived_) {
    ++state_.records;
    note_lag(record.stamp);
    const Owner owner = namer_.owner_of(record, clocks_);
    if (keeper_.take(record, owner, namer_)) continue;
    teller_.tell(record, owner, namer_, clocks_);
  }
  arrived_.clear();
}

void Watcher::note_lag(const audit::RecordStamp& stamp) {
  const auto made_ns = clocks_.monotonic_ns(stamp);
  if (!made_ns) return;
  state_.lag_ms = clocks_.now_ns() > *made_ns ? (clocks_.now_ns() - *made_ns) / kMillisecond : 0;
  state_.longest_lag_ms = std::max(state_.longest_lag_ms, state_.lag_ms);
}

// ---- processes and containers -------------------------------------------------------------------

Result<void> Watcher::take_processes() {
  processes_due_ns_ = 0;
  while (true) {
    auto batch = sources_.processes.read();
    if (!batch) return std::unexpected(std::move(batch.error()));
    if (!batch->events.empty()) processes_due_ns_ = clocks_.now_ns() + kGatherNs;
    for (const kernel::ProcessEvent& event : batch->events) namer_.take(event, clocks_);
    if (batch->overflowed) {
      ++state_.losses.process_overflows;
      clocks_.read();
      namer_.forget_and_scan(clocks_);
    }
    if (batch->drained) return {};
  }
}

// The names are read before the process connector and looked at after it: the init of a container
// that has a record by now was forked before.
Result<void> Watcher::take_record_changes() {
  auto changes = sources_.changes.read();
  if (!changes) return std::unexpected(std::move(changes.error()));
  if (auto taken = take_processes(); !taken) return taken;
  namer_.take(*changes, clocks_);
  if (changes->all || !changes->names.empty()) keeper_.container_changed(clocks_.now_ns());
  return {};
}

// ---- how it is doing ----------------------------------------------------------------------------

void Watcher::take_stock() {
  if (const auto status = kernel::read_audit_status()) {
    status_ = *status;
    state_.losses.kernel_lost = kernel_lost_.now(status->lost);
  }
  state_.losses.missing_serials = gaps_.lost();
  state_.losses.dropped_lines = teller_.log().dropped();
  state_.losses.dropped_entries = teller_.journal().dropped();
}

void Watcher::tell_losses() {
  take_stock();
  if (state_.losses == told_losses_) return;
  told_losses_ = state_.losses;
  Denial line{.time = base::utc_now(), .kind = audit::DenialKind::loss};
  line.message = cat("since ", state_.since, ": ", audit::text_of(state_.losses));
  teller_.write(line, clocks_);
}

void Watcher::serve_metrics() {
  teller_.metrics()->serve(clocks_.now_ns(), [&] {
    take_stock();
    audit::WatchState stock = state_;
    stock.containers = namer_.containers();
    stock.waiting_lines = teller_.log().lines_waiting();
    return stock;
  });
}

void Watcher::collect_records() {
  take_stock();
  const std::string before = keeper_.problem();
  keeper_.collect(clocks_.now_ns(), {.lost = state_.losses.kernel_lost + state_.losses.overflows,
                                     .until = log_taken_until_});
  if (keeper_.problem() != before) write_state();
}

// What cannot be written is told by the file's age.
void Watcher::write_state() {
  state_.updated = base::utc_now();
  state_.containers = namer_.containers();
  state_.waiting_lines = teller_.log().lines_waiting();
  state_.problem = teller_.log().problem();
  state_.record_problem = keeper_.problem();
  (void)audit::write_watch_state(paths_, state_);
}

}  // namespace bulkhead::watch
