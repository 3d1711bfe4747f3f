#include "watch/clocks.h"

#include <ctime>

namespace bulkhead::watch {

namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

std::int64_t read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return time.tv_sec * kNsPerSecond + time.tv_nsec;
}

}  // namespace

void Clocks::read() {
  take({.monotonic_ns = read_clock(CLOCK_MONOTONIC),
        .wall_ns = read_clock(CLOCK_REALTIME),
        .boot_ns = read_clock(CLOCK_BOOTTIME)});
}

void Clocks::take(const Reading& reading) {
  const std::int64_t monotonic = reading.monotonic_ns;
  const std::int64_t ahead = reading.wall_ns - monotonic;
  const std::int64_t step = ahead - wall_ahead_ns_;
  // A clock that is slewed drifts by at most 0.5 ms a second, which is followed.
  const bool stepped =
      now_ns_ != 0 && (step > kStepNs || step < -kStepNs) &&
      (step > 0 ? step : -step) > (monotonic - static_cast<std::int64_t>(now_ns_)) / 1000;
  now_ns_ = static_cast<std::uint64_t>(monotonic);
  boot_ahead_ns_ = reading.boot_ns - monotonic;
  wall_ahead_ns_ = ahead;
  if (stepped) trusted_from_ns_ = now_ns_ + kDoubtNs;
}

std::optional<std::uint64_t> Clocks::monotonic_ns(const audit::RecordStamp& stamp) const {
  if (now_ns_ < trusted_from_ns_) return std::nullopt;
  constexpr std::uint64_t kBeyond = 1ULL << 33;
  if (stamp.seconds > kBeyond) return std::nullopt;
  const std::int64_t wall = static_cast<std::int64_t>(stamp.seconds) * kNsPerSecond +
                            static_cast<std::int64_t>(stamp.milliseconds) * 1'000'000;
  const std::int64_t monotonic = wall - wall_ahead_ns_;
  return monotonic > 0 ? std::optional(static_cast<std::uint64_t>(monotonic)) : std::nullopt;
}

bool Clocks::is_start_time(std::uint64_t ticks, std::uint64_t forked_ns) const {
  constexpr std::int64_t kNsPerTick = kNsPerSecond / 100;  // USER_HZ
  constexpr std::int64_t kEarlyNs = 2 * kNsPerTick;        // rounding
  // Under load a fork(2) is interrupted between its start time and the event. No number is given
  // out again so soon.
  constexpr std::int64_t kLateNs = 2 * kNsPerSecond;
  const std::int64_t forked = static_cast<std::int64_t>(forked_ns) + boot_ahead_ns_;
  const std::int64_t late = forked - static_cast<std::int64_t>(ticks) * kNsPerTick;
  return late > -kEarlyNs && late < kLateNs;
}

}  // namespace bulkhead::watch
