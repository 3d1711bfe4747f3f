// What the kernel logs of containers under record (`bulkhead record`) goes into their records, and
// so does what it counts, every few seconds while any container runs under record.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "audit/denials/kernel_record.h"
#include "audit/records/container_registry.h"
#include "base/paths.h"
#include "record/keeping/collect.h"
#include "record/keeping/process_note.h"
#include "watch/access_keeper.h"
#include "watch/namer.h"

namespace bulkhead::watch {

class RecordKeeper {
 public:
  explicit RecordKeeper(base::Paths paths) : paths_(std::move(paths)) {}

  // Of containers that run under record already what was logged until now is lost.
  void begin(std::uint64_t now_ns);
  // A container began or ended.
  void container_changed(std::uint64_t now_ns);

  // Whether the kernel's record is only there for a record, so that it is no denial. A denial is
  // counted in the record beside.
  bool take(const audit::KernelDenial& record, const Owner& owner, const Namer& namer);

  // An access that AppArmor allowed and recorded.
  void take(const audit::AuditedAccess& access) {
    (void)accesses_.take(access.facts, access.stamp, access.pid);
  }

  void keep_house() const { accesses_.keep_house(); }

  // When the next collection is due; nothing while nothing is recorded.
  [[nodiscard]] std::optional<std::uint64_t> due_ns() const { return due_ns_; }
  struct LogRead {
    std::uint64_t lost = 0;  // records of the kernel that did not arrive, since it began
    record::Time until = 0;  // what was logged before has been taken
  };
  void collect(std::uint64_t now_ns, const LogRead& log);
  // Why the last collection failed; empty where it did not.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  void read_notes();
  [[nodiscard]] const record::ProcessNote* note_of(const audit::KernelDenial& record,
                                                   const Owner& owner, const Namer& namer);
  [[nodiscard]] const record::ProcessNote* nearest_note(pid_t process, const Namer& namer);
  [[nodiscard]] static bool is_elsewhere(pid_t process, const Namer& namer);
  void add_use(const audit::KernelDenial& record, const record::ProcessNote& note,
               const record::CallUse& use);
  void add_lost(std::uint64_t more);

  const base::Paths paths_;
  std::vector<record::ProcessNote> notes_;
  std::string notes_state_;                                        // as of which they were read
  std::unordered_map<pid_t, const record::ProcessNote*> nearest_;  // remembered answers
  record::LoggedByNote logged_;
  AccessKeeper accesses_{paths_};
  std::optional<std::uint64_t> due_ns_;
  std::set<std::string> ran_;    // keys of notes whose process ran at the last collection
  std::set<std::string> known_;  // and of those that were there
  std::uint64_t told_lost_ = 0;
  std::uint64_t nobodys_ = 0;  // records of processes that nobody saw being born
  std::string problem_;
};

}  // namespace bulkhead::watch
