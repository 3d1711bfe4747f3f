#include "base/times.h"

#include <catch2/catch.hpp>
#include <ctime>

namespace bulkhead::base {
namespace {

TEST_CASE("a time is written in UTC with milliseconds, and read again to the second") {
  CHECK(utc_time(0, 0) == "1970-01-01T00:00:00.000Z");
  CHECK(utc_time(1'795'503'601, 250) == "2026-11-24T07:00:01.250Z");
  CHECK(seconds_of_utc("2026-11-24T07:00:01.250Z") == 1'795'503'601);
}

TEST_CASE("a time beyond the year 9999 is the end of that year") {
  CHECK(utc_time(~0ULL, 0) == "9999-12-31T23:59:59.000Z");
}

TEST_CASE("what is no time is not taken for one") {
  CHECK_FALSE(seconds_of_utc("yesterday"));
  CHECK_FALSE(seconds_of_utc("2026-11-24"));
}

TEST_CASE("people read a time with its date, and what is no time as it is") {
  CHECK(readable_time("2026-11-24T07:00:01.250Z") == "2026-11-24 07:00:01");
  CHECK(readable_time("yesterday") == "yesterday");
}

TEST_CASE("now is now") {
  const auto now = seconds_of_utc(utc_now());
  REQUIRE(now);
  CHECK(*now - std::time(nullptr) >= -2);
  CHECK(*now - std::time(nullptr) <= 2);
}

}  // namespace
}  // namespace bulkhead::base
