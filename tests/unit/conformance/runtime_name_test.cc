#include "conformance/values/runtime_name.h"

#include <catch2/catch.hpp>

namespace bulkhead::conformance {
namespace {

TEST_CASE("a runtime is known by what it says of its version") {
  struct Row {
    const char* output;
    const char* family;
    const char* version;
  };
  constexpr Row kRows[] = {
      {"runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1\nspec: 1.0.2-dev\n", "runc", "1.1.5+ds1"},
      {"crun version 1.8.1\ncommit: f8a0\n", "crun", "1.8.1"},
      {"youki version 0.5.3\n", "youki", "0.5.3"},
      {"runsc version release-20240729.0\nspec: 1.1.0-rc.1\n", "runsc", "20240729.0"},
      {"kata-runtime  : 1.13.0\n   commit   : 1\n", "kata-runtime", "1.13.0"},
      {"crun version unknown\n", "crun", ""},
      {"mine 1.0\n", "", ""},
      {"", "", ""},
  };
  for (const Row& row : kRows) {
    INFO(row.output);
    const RuntimeName name = runtime_named_in(row.output);
    CHECK(name.family == row.family);
    CHECK(name.version == row.version);
  }
}

}  // namespace
}  // namespace bulkhead::conformance
