#include "audit/records/serial_gaps.h"

#include <catch2/catch.hpp>
#include <initializer_list>

namespace bulkhead::audit {
namespace {

std::uint64_t lost_after(std::initializer_list<std::uint64_t> serials) {
  SerialGaps gaps;
  for (const std::uint64_t serial : serials) gaps.seen(serial);
  gaps.settle();
  return gaps.lost();
}

TEST_CASE("serials in a row, twice, or out of order are no loss") {
  CHECK(lost_after({}) == 0);
  CHECK(lost_after({5, 6, 7}) == 0);
  CHECK(lost_after({5, 5, 6, 5}) == 0);
  CHECK(lost_after({5, 7, 6, 8}) == 0);
}

TEST_CASE("a serial that never comes is one loss") {
  CHECK(lost_after({5, 7}) == 1);
  CHECK(lost_after({5, 9, 7}) == 2);
}

TEST_CASE("a gap larger than what is remembered is counted whole") {
  CHECK(lost_after({5, 100'005}) == 99'999);
  CHECK(lost_after({5, 4'100, 8'200}) == 8'200 - 5 - 2);
}

TEST_CASE("a gap is no loss before newer ones show that it stays") {
  SerialGaps gaps;
  gaps.seen(1);
  gaps.seen(3);
  CHECK(gaps.lost() == 0);
  for (std::uint64_t serial = 4; serial < 5'000; ++serial) gaps.seen(serial);
  CHECK(gaps.lost() == 1);
  gaps.seen(2);
  gaps.settle();
  CHECK(gaps.lost() == 1);
}

}  // namespace
}  // namespace bulkhead::audit
