#include "watch/namer.h"

#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "base/directory.h"
#include "base/process_stat.h"
#include "base/text.h"
#include "kernel/observe/observe.h"

namespace bulkhead::watch {

using audit::ContainerNumber;
using audit::kNoContainer;
using audit::Naming;

namespace {

constexpr std::uint64_t kLookAgainNs = 1'000'000'000;
constexpr unsigned kCgroupReadsPerRound = 64;  // of programs that start; bounds the cost of forks

// cgroup v1 shows a zombie in the root group.
bool has_ended(pid_t pid) {
  char target[8];
  return ::readlink(base::cat("/proc/", pid, "/exe").c_str(), target, sizeof target) < 0;
}

pid_t parent_of(pid_t pid) {
  const auto process = base::read_process_stat(pid);
  return process ? process->parent : 0;
}

}  // namespace

void Namer::begin_round() { cgroup_reads_left_ = kCgroupReadsPerRound; }

// ---- processes ----------------------------------------------------------------------------------

void Namer::scan(const Clocks& clocks) {
  for (const pid_t pid : base::pids_in(base::Directory("/proc"))) {
    const ContainerNumber container =
        registry_.size() == 0 ? kNoContainer : registry_.by_cgroup(kernel::read_cgroup(pid));
    tree_.found(pid, parent_of(pid), container, clocks.now_ns());
  }
  // Inits whose control group is not their own, with what descends from them.
  registry_.for_each([&](ContainerNumber number, const audit::KnownContainer& container) {
    if (container.gone_ns == 0) tree_.assign(container.pid, number, clocks.now_ns());
  });
}

void Namer::forget_and_scan(const Clocks& clocks) {
  tree_.clear();
  scan(clocks);
}

void Namer::take(const kernel::ProcessEvent& event, const Clocks& clocks) {
  switch (event.kind) {
    case kernel::ProcessEventKind::forked:
      tree_.forked(event.parent, event.pid, event.time_ns);
      break;
    case kernel::ProcessEventKind::exited:
      tree_.ended(event.pid, event.time_ns);
      registry_.process_ended(event.pid, event.time_ns);
      looked_at_.erase(event.pid);
      break;
    case kernel::ProcessEventKind::executed: look_at_program(event.pid, clocks); break;
  }
}

// `exec` enters a container by its control group, and then executes a program.
void Namer::look_at_program(pid_t pid, const Clocks& clocks) {
  const auto container = tree_.container_of(pid, std::nullopt);
  if (container != kNoContainer || cgroup_reads_left_ == 0) return;
  --cgroup_reads_left_;
  if (registry_.size() > 0) (void)look_at_cgroup(pid, clocks);
}

void Namer::forget_old(const Clocks& clocks) {
  tree_.forget_old(clocks.now_ns());
  registry_.forget_old(clocks.now_ns());
  looked_at_.clear();
}

// ---- whose a process is -------------------------------------------------------------------------

Owner Namer::owner_of(const audit::KernelDenial& record, const Clocks& clocks) {
  const auto by_descent = tree_.container_of(record.pid, clocks.monotonic_ns(record.stamp));
  if (by_descent && *by_descent != kNoContainer) return {*by_descent, Naming::named};
  return owner_by_cgroup(record.pid, by_descent.has_value(), clocks);
}

// A process that the tree does not know, or knows as one of the node's: `exec` enters a container
// by its control group. What /proc says counts only for a process that the tree knows to be the
// one of the record: otherwise the number may belong to another process by now.
Owner Namer::owner_by_cgroup(pid_t pid, bool known, const Clocks& clocks) {
  if (!known) return {kNoContainer, Naming::gone};
  const auto looked = looked_at_.find(pid);
  const bool fresh = looked != looked_at_.end() && looked->second + kLookAgainNs > clocks.now_ns();
  if (!fresh && !look_at_cgroup(pid, clocks)) return {kNoContainer, Naming::gone};
  const auto container = tree_.container_of(pid, std::nullopt);
  if (container && *container != kNoContainer) return {*container, Naming::named};
  return {kNoContainer, Naming::no_container};
}

// False: the process is gone, so its control group says nothing.
bool Namer::look_at_cgroup(pid_t pid, const Clocks& clocks) {
  const std::string cgroup = kernel::read_cgroup(pid);
  if (cgroup.empty() || (cgroup == "/" && has_ended(pid))) return false;
  looked_at_[pid] = clocks.now_ns();
  const ContainerNumber number = registry_.by_cgroup(cgroup);
  if (number != kNoContainer) tree_.assign(pid, number, clocks.now_ns());
  return true;
}

// ---- records of containers ----------------------------------------------------------------------

void Namer::take(const RecordChanges::Changes& changes, const Clocks& clocks) {
  if (changes.all) read_all_records(clocks);
  for (const std::string& name : changes.names) {
    auto read = read_known_container(paths_, name);
    const bool is_there = read && !read->ended;
    if (read) add(std::move(read->container), clocks);
    if (!is_there) registry_.removed_file(name, clocks.now_ns());
  }
}

void Namer::add(audit::KnownContainer container, const Clocks& clocks) {
  const pid_t init = container.pid;
  const std::uint64_t start_time = container.start_time;
  const auto added = registry_.add(std::move(container));
  if (!added.is_new || init <= 0) return;
  // By now the number may belong to another process.
  const auto born_ns = tree_.born_ns(init);
  if (!born_ns || clocks.is_start_time(start_time, *born_ns))
    tree_.assign(init, added.number, clocks.now_ns());
}

void Namer::read_all_records(const Clocks& clocks) {
  const auto list = audit::read_records(paths_);
  if (!list) return;  // named as soon as the directory can be read
  for (const audit::ContainerRecord& record : list->records) {
    if (!audit::is_stale(record)) add(known_container(record), clocks);
  }
}

}  // namespace bulkhead::watch
