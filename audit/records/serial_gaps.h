// Audit events that never arrived, by the serial numbers that are missing. Pure.
//
// Serials rise by one for each event, but records of several processors arrive slightly out of
// order; so a number counts as lost only when 4096 newer ones have come, or when nothing newer has
// come for a while (settle()).
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace bulkhead::audit {

class SerialGaps {
 public:
  void seen(std::uint64_t serial);
  // Nothing is on its way any more: what is missing below the newest serial is lost.
  void settle();
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  static constexpr std::uint64_t kWindow = 4096;
  void advance_to(std::uint64_t serial);
  std::bitset<kWindow> seen_;  // of serials in [next_ - kWindow, next_)
  std::uint64_t first_ = 0;    // the oldest serial that is still awaited
  std::uint64_t next_ = 0;     // above the newest serial; 0: none yet
  std::uint64_t lost_ = 0;
};

}  // namespace bulkhead::audit
