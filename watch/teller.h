// Writes denials with what the kernel's record does not say: whose they are, by which rule, and
// what would allow them. To the log, the journal, standard output and the metrics.
#pragma once

#include <cstdint>
#include <string>

#include "audit/denials/denial.h"
#include "audit/denials/denial_cause.h"
#include "audit/denials/denial_fold.h"
#include "audit/denials/denial_log.h"
#include "audit/denials/journal.h"
#include "audit/records/engine_names.h"
#include "base/paths.h"
#include "policy/values/node_facts.h"
#include "watch/clocks.h"
#include "watch/namer.h"

namespace bulkhead::watch {

class WatchMetrics;

struct TellOptions {
  std::uint64_t interval_ns = 0;    // how often repetitions are told
  bool print = false;               // lines to standard output as well
  WatchMetrics* metrics = nullptr;  // counts and serves, where the policy says so; not owned
};

class Teller {
 public:
  Teller(const base::Paths& paths, policy::NodeFacts facts, const TellOptions& options);

  // A denial that the kernel recorded: a line of its own, or one more of what was told already.
  void tell(const audit::KernelDenial& record, Owner owner, const Namer& namer,
            const Clocks& clocks);
  void write(const audit::Denial& denial, const Clocks& clocks);
  // Tells the repetitions that are due.
  void flush(const Namer& namer, const Clocks& clocks);
  // Tries again to write what the log did not take.
  void retry() { log_.retry(); }

  // When repetitions are to be told; nothing while there are none.
  [[nodiscard]] std::optional<std::uint64_t> due_ns() const { return fold_.due_ns(); }
  [[nodiscard]] const audit::DenialLog& log() const { return log_; }
  [[nodiscard]] const audit::Journal& journal() const { return journal_; }
  // Null where nobody serves any.
  [[nodiscard]] WatchMetrics* metrics() const { return options_.metrics; }

 private:
  [[nodiscard]] audit::Denial denial_of(const audit::KernelDenial& record, Owner owner,
                                        const Namer& namer, const Clocks& clocks);
  void note_lag(const audit::RecordStamp& stamp, const Clocks& clocks);

  TellOptions options_;
  audit::DenialFold fold_;
  audit::DenialLog log_;
  audit::Journal journal_;
  audit::CauseFinder causes_;
  audit::EngineNameCache names_;
};

}  // namespace bulkhead::watch
