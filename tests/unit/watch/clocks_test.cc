#include "watch/clocks.h"

#include <catch2/catch.hpp>

#include "audit/records/process_tree.h"

namespace bulkhead::watch {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kWall = 1'795'510'800 * kSecond;  // what the wall clock shows at 0
constexpr std::uint64_t kWallSeconds = 1'795'510'800;

Clocks::Reading at(std::int64_t seconds, std::int64_t wall_step = 0) {
  return {.monotonic_ns = seconds * kSecond,
          .wall_ns = kWall + (seconds + wall_step) * kSecond,
          .boot_ns = seconds * kSecond};
}

TEST_CASE("a stamp of the wall clock is found on the monotonic one") {
  Clocks clocks;
  clocks.take(at(100));
  CHECK(clocks.monotonic_ns({.seconds = kWallSeconds + 99, .milliseconds = 500}) ==
        99'500'000'000U);
  CHECK_FALSE(clocks.monotonic_ns({.seconds = 1}));  // before the boot
}

TEST_CASE("after the clock was set back no stamp is compared for a minute, then they are again") {
  Clocks clocks;
  clocks.take(at(100));
  clocks.take(at(101));
  REQUIRE(clocks.monotonic_ns({.seconds = kWallSeconds + 101}));
  clocks.take(at(102, -3600));
  CHECK_FALSE(clocks.monotonic_ns({.seconds = kWallSeconds + 102}));         // made before the step
  CHECK_FALSE(clocks.monotonic_ns({.seconds = kWallSeconds + 102 - 3600}));  // made after it
  clocks.take(at(161, -3600));
  CHECK_FALSE(clocks.monotonic_ns({.seconds = kWallSeconds + 161 - 3600}));
  clocks.take(at(163, -3600));
  CHECK(clocks.monotonic_ns({.seconds = kWallSeconds + 163 - 3600}) == 163'000'000'000U);
  CHECK(clocks.now_ns() == 163'000'000'000U);
}

TEST_CASE("a clock that is set forward is doubted as well, one that is slewed is not") {
  Clocks forward;
  forward.take(at(100));
  forward.take(at(101, 60));
  CHECK_FALSE(forward.monotonic_ns({.seconds = kWallSeconds + 161}));
  Clocks slewed;
  slewed.take(at(100));
  Clocks::Reading later = at(200);
  later.wall_ns += 50'000'000;  // 0.5 ms a second, the most that adjtime(3) does
  slewed.take(later);
  CHECK(slewed.monotonic_ns({.seconds = kWallSeconds + 200}));
}

TEST_CASE("without comparable clocks a number that two containers had is nobody's") {
  Clocks clocks;
  clocks.take(at(100));
  audit::ProcessTree tree;
  tree.found(1, 0, 7, 1);
  tree.found(2, 0, 8, 1);
  tree.forked(1, 500, 90 * kSecond);
  tree.ended(500, 95 * kSecond);
  tree.forked(2, 500, 99 * kSecond);
  const audit::RecordStamp early = {.seconds = kWallSeconds + 92};
  CHECK(tree.container_of(500, clocks.monotonic_ns(early)) == 7U);
  clocks.take(at(101, -3600));
  CHECK(tree.container_of(500, clocks.monotonic_ns(early)) == std::nullopt);
}

TEST_CASE("stamps and start times are comparable with the time of a fork") {
  Clocks clocks;
  clocks.read();
  CHECK_FALSE(clocks.monotonic_ns({.seconds = 1ULL << 40}));
  CHECK_FALSE(clocks.is_start_time(100, 500ULL * kSecond));
  clocks.take({.monotonic_ns = 50 * kSecond, .wall_ns = kWall, .boot_ns = 60 * kSecond});
  CHECK(clocks.is_start_time(5000, 40ULL * kSecond));  // 50 s since boot, 10 s of them asleep
  CHECK_FALSE(clocks.is_start_time(4000, 40ULL * kSecond));
}

}  // namespace
}  // namespace bulkhead::watch
