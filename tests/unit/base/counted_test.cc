#include "base/counted.h"

#include <catch2/catch.hpp>

using bulkhead::base::counted;

TEST_CASE("one of something is told as one, none and several as several") {
  CHECK(counted(0, "note") == "0 notes");
  CHECK(counted(1, "note") == "1 note");
  CHECK(counted(2, "note") == "2 notes");
  CHECK(counted(1, "access", "accesses") == "1 access");
  CHECK(counted(2, "access", "accesses") == "2 accesses");
}
