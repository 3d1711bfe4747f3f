// The two clocks that records come with: the audit subsystem stamps with the wall clock, the
// process connector with CLOCK_MONOTONIC.
#pragma once

#include <cstdint>
#include <optional>

#include "audit/denials/kernel_record.h"

namespace bulkhead::watch {

class Clocks {
 public:
  [[nodiscard]] std::uint64_t now_ns() const { return now_ns_; }
  struct Reading {
    std::int64_t monotonic_ns = 0;
    std::int64_t wall_ns = 0;
    std::int64_t boot_ns = 0;
  };
  // Reads the clocks. When the wall clock was set since, stamps are not comparable for a while.
  void read();
  // The same with what they show, for tests.
  void take(const Reading& reading);
  // The stamp on CLOCK_MONOTONIC; nothing while that cannot be told.
  [[nodiscard]] std::optional<std::uint64_t> monotonic_ns(const audit::RecordStamp& stamp) const;
  // Whether a start time as /proc/<pid>/stat tells it (ticks on CLOCK_BOOTTIME) is that of a fork
  // at this time.
  [[nodiscard]] bool is_start_time(std::uint64_t ticks, std::uint64_t forked_ns) const;

 private:
  static constexpr std::int64_t kStepNs = 5'000'000;
  static constexpr std::uint64_t kDoubtNs = 60'000'000'000;
  std::uint64_t now_ns_ = 0;
  std::int64_t wall_ahead_ns_ = 0;
  std::int64_t boot_ahead_ns_ = 0;
  std::uint64_t trusted_from_ns_ = 0;
};

}  // namespace bulkhead::watch
