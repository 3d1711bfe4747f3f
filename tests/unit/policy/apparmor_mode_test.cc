#include "policy/values/apparmor_mode.h"

#include <catch2/catch.hpp>

namespace bulkhead::policy {
namespace {

TEST_CASE("every mode is read as the kernel words it") {
  CHECK(apparmor_mode_named("enforce") == AppArmorMode::enforce);
  CHECK(apparmor_mode_named("complain") == AppArmorMode::complain);
  CHECK(apparmor_mode_named("kill") == AppArmorMode::kill);
  CHECK(apparmor_mode_named("unconfined") == AppArmorMode::unconfined);
  CHECK_FALSE(apparmor_mode_named("mixed"));
}

TEST_CASE("only enforce and kill confine; a mixed stack and an unknown mode do not") {
  CHECK(confines("enforce"));
  CHECK(confines("kill"));
  for (const char* mode : {"complain", "unconfined", "mixed", "", "prompt"}) {
    CHECK_FALSE(confines(mode));
  }
}

}  // namespace
}  // namespace bulkhead::policy
