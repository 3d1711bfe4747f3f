// `bulkhead watch` at work: kernel records in, denials with names out.
//
//   sources → parse → who (namer) → fold, cause, remedy, log (teller)
//
// One thread that sleeps in poll(2). What the process connector and the records' directory tell is
// taken in before the audit records that arrived meanwhile are looked at (watch/namer.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/denials/kernel_record.h"
#include "audit/records/loss_counts.h"
#include "audit/records/serial_gaps.h"
#include "audit/records/watch_state.h"
#include "base/error.h"
#include "base/paths.h"
#include "record/values/record.h"
#include "watch/clocks.h"
#include "watch/namer.h"
#include "watch/record_keeper.h"
#include "watch/sources.h"
#include "watch/teller.h"

namespace bulkhead::watch {

struct WatchOptions {
  TellOptions tell;
  std::uint32_t backlog_limit = 0;  // raise the kernel's backlog limit to this; 0: leave it
};

class Watcher {
 public:
  // Errors: kernel, io.
  [[nodiscard]] static base::Result<Watcher> open(const base::Paths& paths, policy::NodeFacts facts,
                                                  const WatchOptions& options);
  // Until `stop_fd` is readable; what is pending is written before it returns.
  [[nodiscard]] base::Result<void> run(int stop_fd);
  // What people should know before it starts: a small backlog limit, auditing disabled at boot.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  Watcher(const base::Paths& paths, Sources sources, Teller teller);
  void begin();
  [[nodiscard]] int poll_timeout_ms() const;
  base::Result<void> take_in();
  void write_out(bool stopping);

  // Taking in.
  base::Result<void> take_audit();
  base::Result<void> take_processes();
  base::Result<void> take_record_changes();
  void take_message(const kernel::AuditMessage& message);
  bool companions_follow();
  void complete_held(const audit::SyscallCompanion& companion);
  void release_held(std::uint64_t serial);
  void handle_arrived();
  void note_lag(const audit::RecordStamp& stamp);

  // How it is doing.
  void take_stock();
  void tell_losses();
  void write_state();
  void serve_metrics();
  void collect_records();
  void keep_house();

  base::Paths paths_;
  Sources sources_;
  Clocks clocks_;
  Namer namer_;
  Teller teller_;
  RecordKeeper keeper_;
  audit::SerialGaps gaps_;
  kernel::AuditStatus status_;
  std::uint64_t status_read_ns_ = 0;
  record::Time log_taken_until_ = 0;  // what the kernel logged before has been taken
  audit::KernelLost kernel_lost_{0};
  std::vector<audit::KernelDenial> arrived_;
  struct Held {
    audit::KernelDenial record;
    std::uint64_t until_ns;
  };
  std::vector<Held> held_;  // 1400 records whose companions are awaited
  audit::LossCounts told_losses_;
  audit::WatchState state_;  // as it is written for `bulkhead status`
  std::uint64_t house_due_ns_ = 0;
  // Until then births and ends of processes wake nobody: they are taken in together.
  std::uint64_t processes_due_ns_ = 0;
};

}  // namespace bulkhead::watch
