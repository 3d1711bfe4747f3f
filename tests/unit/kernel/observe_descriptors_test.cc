#include "kernel/observe/observe_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>

namespace bulkhead::kernel {

TEST_CASE("what is open beyond the standard streams is listed, with what it leads to") {
  const int low = ::open("/dev/null", O_RDONLY);
  const int high = ::fcntl(low, F_DUPFD, 100);
  REQUIRE(high >= 100);
  const auto observed = observe_descriptors(::getpid(), "/proc");
  REQUIRE(observed);
  CHECK(std::ranges::is_sorted(*observed, {}, &policy::ObservedDescriptor::number));
  CHECK(observed->front().number > 2);
  const auto found = std::ranges::find(*observed, static_cast<std::uint32_t>(high),
                                       &policy::ObservedDescriptor::number);
  REQUIRE(found != observed->end());
  CHECK(found->target == "/dev/null");
  ::close(low);
  ::close(high);
}

TEST_CASE("the descriptors of a process that is gone cannot be listed") {
  const auto observed = observe_descriptors(0x3fffff0, "/proc");
  REQUIRE_FALSE(observed);
  CHECK_THAT(observed.error().sentence(),
             Catch::Contains("cannot list the descriptors in '/proc/67108848/fd'"));
}

}  // namespace bulkhead::kernel
