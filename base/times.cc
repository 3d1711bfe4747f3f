#include "base/times.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace bulkhead::base {

// Not gmtime_r: glibc reads /etc/localtime before it computes UTC.
std::string utc_time(std::uint64_t seconds, std::uint32_t milliseconds) {
  using namespace std::chrono;
  constexpr std::uint64_t kLastSecond = 253'402'300'799;  // of the year 9999
  const sys_seconds instant{std::chrono::seconds(std::min(seconds, kLastSecond))};
  const auto today = floor<days>(instant);
  const year_month_day date(today);
  const hh_mm_ss time(instant - today);
  char text[96];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03uZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(time.hours().count()),
                int(time.minutes().count()), int(time.seconds().count()), milliseconds % 1000);
  return text;
}

std::string utc_now() {
  constexpr long kNanosecondsOfMillisecond = 1'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return utc_time(static_cast<std::uint64_t>(std::max<std::time_t>(now.tv_sec, 0)),
                  static_cast<std::uint32_t>(now.tv_nsec / kNanosecondsOfMillisecond));
}

std::string readable_time(const std::string& time) {
  constexpr std::size_t kDateBytes = 10;
  constexpr std::size_t kSecondsEnd = 19;
  if (!seconds_of_utc(time)) return time;
  return time.substr(0, kDateBytes) + ' ' +
         time.substr(kDateBytes + 1, kSecondsEnd - kDateBytes - 1);
}

std::optional<std::int64_t> seconds_of_utc(const std::string& time) {
  std::tm parts{};
  if (::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return std::nullopt;
  return ::timegm(&parts);
}

}  // namespace bulkhead::base
