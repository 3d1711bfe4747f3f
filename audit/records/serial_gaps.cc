#include "audit/records/serial_gaps.h"

#include <algorithm>

namespace bulkhead::audit {

void SerialGaps::seen(std::uint64_t serial) {
  if (next_ == 0) first_ = next_ = serial;
  if (serial >= next_) advance_to(serial + 1);
  if (serial >= first_) seen_.set(serial % kWindow);
}

void SerialGaps::advance_to(std::uint64_t next) {
  const std::uint64_t oldest = next > kWindow ? std::max(first_, next - kWindow) : first_;
  // What falls out of the window: known numbers one by one, and those that never were in it.
  for (; first_ < std::min(oldest, next_); ++first_) lost_ += seen_.test(first_ % kWindow) ? 0 : 1;
  if (first_ < oldest) lost_ += oldest - first_;
  first_ = oldest;
  if (next - next_ >= kWindow) {
    seen_.reset();
  } else {
    for (std::uint64_t serial = next_; serial < next; ++serial) seen_.reset(serial % kWindow);
  }
  next_ = next;
}

void SerialGaps::settle() {
  for (; first_ < next_; ++first_) lost_ += seen_.test(first_ % kWindow) ? 0 : 1;
}

}  // namespace bulkhead::audit
