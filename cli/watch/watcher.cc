#include "cli/watch/watcher.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "audit/events/event.h"
#include "base/directory.h"
#include "base/files.h"
#include "base/text.h"
#include "base/times.h"
#include "cli/denials/denial_status.h"
#include "cli/watch/watch_metrics.h"
#include "kernel/tasks/observe.h"

namespace bulkhead::cli {

using audit::ContainerNumber;
using audit::Denial;
using audit::KernelDenial;
using audit::kNoContainer;
using audit::Naming;
using base::cat;
using base::Result;

namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kHouseNs = 60 * kSecond;
constexpr std::uint64_t kHoldNs = 3 * kMillisecond;  // for the companions of an AppArmor record
constexpr std::uint64_t kRetryMs = 1000;             // of a log that cannot be written
constexpr std::uint64_t kLookAgainNs = kSecond;
constexpr unsigned kCgroupReadsPerRound = 64;  // of programs that start; bounds the cost of forks
constexpr ContainerNumber kGone = ~ContainerNumber{0};  // the budget of those who left no trace
constexpr std::uint64_t kGatherNs = 20 * kMillisecond;  // births and ends of processes
constexpr std::size_t kMostHeld = 64;
constexpr std::uint64_t kStatusNs = kSecond;  // for how long the kernel's answer is good
constexpr unsigned kBatchesPerRound = 64;

// cgroup v1 shows a zombie in the root group.
bool has_ended(pid_t pid) {
  char target[8];
  return ::readlink(cat("/proc/", pid, "/exe").c_str(), target, sizeof target) < 0;
}

}  // namespace

Watcher::Watcher(const base::Paths& paths, Sources sources, policy::NodeFacts facts,
                 WatchOptions options)
    : paths_(paths),
      options_(options),
      sources_(std::move(sources)),
      fold_(options.interval_ns),
      log_(paths.log),
      causes_(std::move(facts)) {}

// The process connector first: from then on no process begins unseen.
Result<Watcher> Watcher::open(const base::Paths& paths, policy::NodeFacts facts,
                              WatchOptions options) {
  auto processes = kernel::ProcessEvents::open(kernel::kProcessReceiveBufferBytes);
  if (!processes) return std::unexpected(std::move(processes.error()));
  auto records = kernel::AuditSocket::open(kernel::kAuditReceiveBufferBytes);
  if (!records) return std::unexpected(std::move(records.error()));
  auto changes = RecordChanges::open(paths);
  if (!changes) return std::unexpected(std::move(changes.error()));
  if (options.backlog_limit > 0) {
    const auto status = kernel::read_audit_status();
    if (status && status->backlog_limit != 0 && status->backlog_limit < options.backlog_limit) {
      auto set = kernel::set_audit_backlog_limit(options.backlog_limit);
      if (!set) return std::unexpected(std::move(set.error()));
    }
  }
  Watcher watcher(paths, {std::move(*processes), std::move(*records), std::move(*changes)},
                  std::move(facts), options);
  if (auto status = kernel::read_audit_status()) watcher.status_ = *status;
  watcher.kernel_lost_ = audit::KernelLost(watcher.status_.lost);
  watcher.state_ = {.pid = ::getpid(), .since = base::utc_now()};
  watcher.clocks_.read();
  watcher.house_due_ns_ = watcher.clocks_.now_ns() + kHouseNs;
  watcher.read_all_records();
  watcher.scan_processes();
  watcher.write_state();
  return watcher;
}

std::vector<std::string> Watcher::warnings() const {
  std::vector<std::string> sentences;
  if (is_small_backlog(status_.backlog_limit)) {
    sentences.push_back(small_backlog_sentence(status_.backlog_limit));
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
  if (const auto fold = fold_.due_ns()) due = std::min(due, *fold);
  if (processes_due_ns_ > 0) due = std::min(due, processes_due_ns_);
  for (const Held& held : held_) due = std::min(due, held.until_ns);
  if (log_.waiting()) due = std::min(due, clocks_.now_ns() + kRetryMs * kMillisecond);
  const std::uint64_t wait = due > clocks_.now_ns() ? due - clocks_.now_ns() : 0;
  return static_cast<int>((wait + kMillisecond - 1) / kMillisecond);
}

Result<void> Watcher::run(int stop_fd) {
  while (true) {
    pollfd sources[] = {{sources_.records.fd(), POLLIN, 0},
                        {processes_due_ns_ > 0 ? -1 : sources_.processes.fd(), POLLIN, 0},
                        {sources_.changes.fd(), POLLIN, 0},
                        {stop_fd, POLLIN, 0},
                        {options_.metrics != nullptr ? options_.metrics->fd() : -1, POLLIN, 0}};
    if (::poll(sources, std::size(sources), poll_timeout_ms()) < 0 && errno != EINTR) {
      return base::fail_errno(base::ErrorCode::kernel, "wait for", "the kernel's records");
    }
    clocks_.read();
    cgroup_reads_left_ = kCgroupReadsPerRound;
    if (auto taken = take_audit(); !taken) return taken;
    if (auto taken = take_record_changes(); !taken) return taken;
    handle_arrived();
    if (log_.waiting()) log_.retry();
    if (log_.waiting() != (state_.waiting_lines > 0)) write_state();
    const bool stopping = (sources[3].revents & POLLIN) != 0;
    state_.ended = stopping;
    if (stopping) gaps_.settle();
    if (stopping || (fold_.due_ns() && *fold_.due_ns() <= clocks_.now_ns())) flush();
    if (clocks_.now_ns() >= house_due_ns_) keep_house();
    if (sources[4].revents != 0) serve_metrics();
    if (stopping) return {};
  }
}

void Watcher::keep_house() {
  house_due_ns_ = clocks_.now_ns() + kHouseNs;
  gaps_.settle();
  tree_.forget_old(clocks_.now_ns());
  registry_.forget_old(clocks_.now_ns());
  looked_at_.clear();
  tell_losses();
  write_state();
  if (options_.metrics != nullptr) options_.metrics->keep_house();
}

// ---- audit records ------------------------------------------------------------------------------

Result<void> Watcher::take_audit() {
  for (unsigned i = 0; i < kBatchesPerRound; ++i) {
    auto batch = sources_.records.read();
    if (!batch) return std::unexpected(std::move(batch.error()));
    state_.losses.overflows += batch->overflowed ? 1 : 0;
    state_.losses.foreign += batch->foreign;
    for (const kernel::AuditMessage& message : batch->messages) take_message(message);
    if (batch->messages.empty() && !batch->overflowed && batch->foreign == 0) break;
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
  for (KernelDenial& record : arrived_) handle(record);
  arrived_.clear();
}

void Watcher::handle(KernelDenial& record) {
  ++state_.records;
  if (const auto made_ns = clocks_.monotonic_ns(record.stamp)) {
    state_.lag_ms = clocks_.now_ns() > *made_ns ? (clocks_.now_ns() - *made_ns) / kMillisecond : 0;
    state_.longest_lag_ms = std::max(state_.longest_lag_ms, state_.lag_ms);
  }
  const Source source = source_of(record);
  const ContainerNumber budget =
      source.naming == Naming::gone ? kGone : source.number;  // kNoContainer: the node's own
  if (!fold_.is_first(budget, record, clocks_.now_ns())) return;
  const Denial denial = tell(record, source);
  fold_.remember(denial);
  write(denial);
  note_lag(record.stamp);
}

// ---- who ----------------------------------------------------------------------------------------

Watcher::Source Watcher::source_of(const KernelDenial& record) {
  const auto by_descent = tree_.container_of(record.pid, clocks_.monotonic_ns(record.stamp));
  if (by_descent && *by_descent != kNoContainer) return {*by_descent, Naming::named};
  return source_by_cgroup(record.pid, by_descent.has_value());
}

// A process that the tree does not know, or knows as one of the node's: `exec` enters a container
// by its control group. What /proc says counts only for a process that the tree knows to be the
// one of the record: otherwise the number may belong to another process by now.
Watcher::Source Watcher::source_by_cgroup(pid_t pid, bool known) {
  if (!known) return {kNoContainer, Naming::gone};
  const auto looked = looked_at_.find(pid);
  const bool fresh = looked != looked_at_.end() && looked->second + kLookAgainNs > clocks_.now_ns();
  if (!fresh && !look_at_cgroup(pid)) return {kNoContainer, Naming::gone};
  const auto container = tree_.container_of(pid, std::nullopt);
  if (container && *container != kNoContainer) return {*container, Naming::named};
  return {kNoContainer, Naming::no_container};
}

// False: the process is gone, so its control group says nothing.
bool Watcher::look_at_cgroup(pid_t pid) {
  const std::string cgroup = kernel::read_cgroup(pid);
  if (cgroup.empty() || (cgroup == "/" && has_ended(pid))) return false;
  looked_at_[pid] = clocks_.now_ns();
  const ContainerNumber number = registry_.by_cgroup(cgroup);
  if (number != kNoContainer) tree_.assign(pid, number, clocks_.now_ns());
  return true;
}

void Watcher::scan_processes() {
  clocks_.read();
  for (const pid_t pid : base::pids_in(base::Directory("/proc"))) {
    const ContainerNumber container =
        registry_.size() == 0 ? kNoContainer : registry_.by_cgroup(kernel::read_cgroup(pid));
    tree_.found(pid, parent_of(pid), container, clocks_.now_ns());
  }
  // Inits whose control group is not their own, with what descends from them.
  registry_.for_each([&](ContainerNumber number, const audit::KnownContainer& container) {
    if (container.gone_ns == 0) tree_.assign(container.pid, number, clocks_.now_ns());
  });
}

Result<void> Watcher::take_processes() {
  processes_due_ns_ = 0;
  while (true) {
    auto batch = sources_.processes.read();
    if (!batch) return std::unexpected(std::move(batch.error()));
    if (!batch->events.empty()) processes_due_ns_ = clocks_.now_ns() + kGatherNs;
    for (const kernel::ProcessEvent& event : batch->events) take_process(event);
    if (batch->overflowed) {
      ++state_.losses.process_overflows;
      tree_.clear();
      scan_processes();
    }
    if (batch->drained) return {};
  }
}

void Watcher::take_process(const kernel::ProcessEvent& event) {
  switch (event.kind) {
    case kernel::ProcessEventKind::forked:
      tree_.forked(event.parent, event.pid, event.time_ns);
      break;
    case kernel::ProcessEventKind::exited:
      tree_.ended(event.pid, event.time_ns);
      registry_.process_ended(event.pid, event.time_ns);
      looked_at_.erase(event.pid);
      break;
    case kernel::ProcessEventKind::executed: {
      const auto container = tree_.container_of(event.pid, std::nullopt);
      if (container != kNoContainer || cgroup_reads_left_ == 0) break;
      --cgroup_reads_left_;
      if (registry_.size() > 0) (void)look_at_cgroup(event.pid);
      break;
    }
  }
}

// ---- records of containers ----------------------------------------------------------------------

// The names are read before the process connector and looked at after it: the init of a container
// that has a record by now was forked before.
Result<void> Watcher::take_record_changes() {
  auto changes = sources_.changes.read();
  if (!changes) return std::unexpected(std::move(changes.error()));
  if (auto taken = take_processes(); !taken) return taken;
  if (changes->all) read_all_records();
  for (const std::string& name : changes->names) {
    auto read = read_known_container(paths_, name);
    const bool is_there = read && !read->ended;
    if (read) add_container(std::move(read->container));
    if (!is_there) registry_.removed_file(name, clocks_.now_ns());
  }
  return {};
}

void Watcher::add_container(audit::KnownContainer container) {
  const pid_t init = container.pid;
  const std::uint64_t start_time = container.start_time;
  const auto added = registry_.add(std::move(container));
  if (!added.is_new || init <= 0) return;
  // By now the number may belong to another process.
  const auto born_ns = tree_.born_ns(init);
  if (!born_ns || clocks_.is_start_time(start_time, *born_ns))
    tree_.assign(init, added.number, clocks_.now_ns());
}

void Watcher::read_all_records() {
  const auto list = audit::read_records(paths_);
  if (!list) return;  // named as soon as the directory can be read
  for (const audit::ContainerRecord& record : list->records) {
    if (!audit::is_stale(record)) add_container(known_container(record));
  }
}

}  // namespace bulkhead::cli
