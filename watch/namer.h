// Which container a process belongs to: told by its descent, by the containers' records and by
// control groups, as the kernel tells of them.
//
// Order matters: what the process connector and the records' directory tell is taken in before the
// audit records that arrived meanwhile are asked about, because a process is forked before it can
// be denied anything.
//
// Not supported: what ended before its control group could be read is `gone`.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "audit/denials/denial.h"
#include "audit/records/container_registry.h"
#include "audit/records/process_tree.h"
#include "base/paths.h"
#include "kernel/tasks/process_events.h"
#include "watch/clocks.h"
#include "watch/record_changes.h"

namespace bulkhead::watch {

struct Owner {
  audit::ContainerNumber number = audit::kNoContainer;
  audit::Naming naming = audit::Naming::gone;
};

class Namer {
 public:
  explicit Namer(base::Paths paths) : paths_(std::move(paths)) {}

  // A round of the watcher begins: so many programs that start are looked at in it.
  void begin_round();
  // What runs now, when it begins or when events were lost.
  void scan(const Clocks& clocks);
  void forget_and_scan(const Clocks& clocks);
  void take(const kernel::ProcessEvent& event, const Clocks& clocks);

  void read_all_records(const Clocks& clocks);
  void take(const RecordChanges::Changes& changes, const Clocks& clocks);

  [[nodiscard]] Owner owner_of(const audit::KernelDenial& record, const Clocks& clocks);
  // Null for what is no container, or was forgotten.
  [[nodiscard]] const audit::KnownContainer* find(audit::ContainerNumber number) const {
    return registry_.find(number);
  }
  // Also of a process that has ended a short time ago.
  [[nodiscard]] std::optional<pid_t> known_parent_of(pid_t pid) const {
    return tree_.parent_of(pid);
  }
  [[nodiscard]] std::size_t containers() const { return registry_.size(); }

  void forget_old(const Clocks& clocks);

 private:
  [[nodiscard]] Owner owner_by_cgroup(pid_t pid, bool known, const Clocks& clocks);
  bool look_at_cgroup(pid_t pid, const Clocks& clocks);
  void look_at_program(pid_t pid, const Clocks& clocks);
  void add(audit::KnownContainer container, const Clocks& clocks);

  base::Paths paths_;
  audit::ProcessTree tree_;
  audit::ContainerRegistry registry_;
  std::unordered_map<pid_t, std::uint64_t> looked_at_;  // whose control group was read, and when
  unsigned cgroup_reads_left_ = 0;
};

}  // namespace bulkhead::watch
