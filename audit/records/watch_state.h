// /run/bulkhead/watch.json: how `bulkhead watch` is doing, for `bulkhead status`. The watcher
// replaces it whole at its start, with every round of counts, once a minute, and when it ends.
//
// It tells and decides nothing. Whether a watcher runs is told by its lock
// (audit/records/watch_lock.h): a killed one leaves its file as it was.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "audit/records/loss_counts.h"
#include "base/error.h"
#include "base/paths.h"

namespace bulkhead::audit {

struct WatchState {
  pid_t pid = 0;
  std::string since;             // RFC 3339, when it started
  std::string updated;           // RFC 3339, when this was written
  bool ended = false;            // it was asked to end, and did
  std::uint64_t records = 0;     // denials that it understood since then
  std::uint64_t containers = 0;  // that it knows now
  // From the kernel's stamp to where the record was handled: of the last one, and the longest of
  // all whose stamp could be compared (the clock was not set meanwhile).
  std::uint64_t lag_ms = 0;
  std::uint64_t longest_lag_ms = 0;
  std::uint64_t waiting_lines = 0;  // that the log did not take yet
  std::string problem;              // why it did not; empty when it does
  std::string record_problem;       // why what it read is in no record yet (record/); or empty
  LossCounts losses;
  bool operator==(const WatchState&) const = default;
};

[[nodiscard]] std::string to_json(const WatchState& state);
// Error: invalid_input.
[[nodiscard]] base::Result<WatchState> parse_watch_state(std::string text,
                                                         std::string_view described);

// Error: io.
[[nodiscard]] base::Result<void> write_watch_state(const base::Paths& paths,
                                                   const WatchState& state);
// Nothing when there is none: no watcher ran since boot. Errors: io, invalid_input.
[[nodiscard]] base::Result<std::optional<WatchState>> read_watch_state(const base::Paths& paths);

}  // namespace bulkhead::audit
