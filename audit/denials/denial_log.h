// /var/log/bulkhead/denials.jsonl: writing, with what happens while it cannot be written, and
// reading back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "audit/denials/denial.h"
#include "base/error.h"
#include "base/paths.h"

namespace bulkhead::audit {

inline constexpr std::string_view kDenialLogName = "denials.jsonl";

// Lines that could not be written wait, at most kMostBytes of them; beyond that the newest are
// dropped and counted. The file is opened anew for each line, so rotation by rename loses nothing.
class DenialLog {
 public:
  static constexpr std::size_t kMostBytes = 4 << 20;

  explicit DenialLog(std::string directory) : directory_(std::move(directory)) {}

  // Writes the line, or keeps it when that fails or others wait already.
  void append(std::string line);
  // Tries again what waits. True when nothing waits any more.
  bool retry();

  [[nodiscard]] bool waiting() const { return !lines_.empty(); }
  [[nodiscard]] std::size_t lines_waiting() const { return lines_.size(); }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  // Why the last attempt failed; empty when it did not.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  bool write(const std::string& line);
  void keep(std::string line);

  std::string directory_;
  std::deque<std::string> lines_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
  bool broken_line_ = false;  // a failed write may have left the beginning of a line
  std::string problem_;
};

// Calls `visit` with every line of the log, oldest first: what logrotate kept as denials.jsonl.1,
// then denials.jsonl. Returns how many lines were none of ours. A log that is not there has no
// lines. Error: io.
[[nodiscard]] base::Result<std::uint64_t> read_denial_log(const std::string& directory,
                                                          const std::function<void(Denial)>& visit);

}  // namespace bulkhead::audit
