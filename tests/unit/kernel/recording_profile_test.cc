#include "kernel/apparmor/recording_profile.h"

#include <catch2/catch.hpp>

namespace bulkhead::kernel {
namespace {

TEST_CASE(
    "each start has a recording profile of its own name, as long as any other of its record") {
  const std::string name = new_recorder_name("web");
  CHECK(name.size() == std::string("rec-web-0123456789abcdef").size());
  CHECK_THAT(name, Catch::StartsWith("rec-web-"));
  CHECK(name.find_first_not_of("0123456789abcdef", 8) == std::string::npos);
  CHECK(new_recorder_name("web") != name);
}

}  // namespace
}  // namespace bulkhead::kernel
