// `bulkhead watch` at work: kernel records in, denials with names out.
//
//   sockets → parse → who (process tree, control group, records) → fold → cause, remedy → log
//
// One thread that sleeps in poll(2). Order matters: what the process connector and the records'
// directory tell is taken in before the audit records that arrived meanwhile are looked at, because
// a process is forked before it can be denied anything.
//
// Not supported: naming what `exec` put into a container and what ended before its control group
// could be read; that is reported as unnamed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "audit/denials/denial.h"
#include "audit/denials/denial_fold.h"
#include "audit/denials/denial_log.h"
#include "audit/denials/journal.h"
#include "audit/denials/kernel_record.h"
#include "audit/records/container_registry.h"
#include "audit/records/loss_counts.h"
#include "audit/records/process_tree.h"
#include "audit/records/serial_gaps.h"
#include "audit/records/watch_state.h"
#include "base/error.h"
#include "base/paths.h"
#include "cli/denials/denial_cause.h"
#include "cli/names/clocks.h"
#include "cli/watch/record_changes.h"
#include "kernel/probes/audit_socket.h"
#include "kernel/tasks/process_events.h"

namespace bulkhead::cli {

class WatchMetrics;

struct WatchOptions {
  std::uint64_t interval_ns = 10'000'000'000;
  std::uint32_t backlog_limit = 0;  // raise the kernel's backlog limit to this; 0: leave it
  bool print = false;               // lines to standard output as well
  WatchMetrics* metrics = nullptr;  // counts and serves, where the policy says so; not owned
};

class Watcher {
 public:
  // Errors: kernel, io.
  [[nodiscard]] static base::Result<Watcher> open(const base::Paths& paths, policy::NodeFacts facts,
                                                  WatchOptions options);
  // Until `stop_fd` is readable; what is pending is written before it returns.
  [[nodiscard]] base::Result<void> run(int stop_fd);
  // What people should know before it starts: a small backlog limit, auditing disabled at boot.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  struct Sources {
    kernel::ProcessEvents processes;
    kernel::AuditSocket records;
    RecordChanges changes;
  };
  Watcher(const base::Paths& paths, Sources sources, policy::NodeFacts facts, WatchOptions options);

  // Taking in.
  base::Result<void> take_audit();
  base::Result<void> take_processes();
  base::Result<void> take_record_changes();
  void take_message(const kernel::AuditMessage& message);
  bool companions_follow();
  void take_process(const kernel::ProcessEvent& event);
  void read_all_records();
  void add_container(audit::KnownContainer container);
  void scan_processes();
  bool look_at_cgroup(pid_t pid);

  // Telling.
  struct Source {
    audit::ContainerNumber number = audit::kNoContainer;
    audit::Naming naming = audit::Naming::gone;
  };
  Source source_of(const audit::KernelDenial& record);
  Source source_by_cgroup(pid_t pid, bool known);
  void handle(audit::KernelDenial& record);
  void handle_arrived();
  void complete_held(const audit::SyscallCompanion& companion);
  void release_held(std::uint64_t serial);
  audit::Denial tell(const audit::KernelDenial& record, Source source);
  void write(const audit::Denial& denial);
  void flush();
  void take_stock();
  void tell_losses();
  void write_state();
  void note_lag(const audit::RecordStamp& stamp);
  void serve_metrics();
  void keep_house();
  [[nodiscard]] int poll_timeout_ms() const;

  base::Paths paths_;
  WatchOptions options_;
  Sources sources_;
  Clocks clocks_;
  audit::ProcessTree tree_;
  audit::ContainerRegistry registry_;
  audit::DenialFold fold_;
  audit::DenialLog log_;
  audit::Journal journal_;
  audit::SerialGaps gaps_;
  CauseFinder causes_;
  kernel::AuditStatus status_;
  std::uint64_t status_read_ns_ = 0;
  audit::KernelLost kernel_lost_{0};
  std::vector<audit::KernelDenial> arrived_;
  struct Held {
    audit::KernelDenial record;
    std::uint64_t until_ns;
  };
  std::vector<Held> held_;                              // 1400 records whose companions are awaited
  std::unordered_map<pid_t, std::uint64_t> looked_at_;  // whose control group was read, and when
  audit::LossCounts told_losses_;
  audit::WatchState state_;  // as it is written for `bulkhead status`
  std::uint64_t house_due_ns_ = 0;
  // Until then births and ends of processes wake nobody: they are taken in together.
  std::uint64_t processes_due_ns_ = 0;
  unsigned cgroup_reads_left_ = 0;
};

}  // namespace bulkhead::cli
